"""What mends what."""

import re
from string import Formatter

import pytest

from thesetd.ctl.commands.service.mends import MENDS, mend_of


@pytest.mark.parametrize(
    ("subject", "text", "mend"),
    [
        ("database schema", "run `thesetd migrate` as owner, or `grant create`", "thesetd migrate"),
        ("state_dir", "state_dir: cannot use /srv/x: this user may not", "install -d -m 700 -o thesetd /srv/x"),
        ("control.socket", "control.group: there is no group 'web': create it", "groupadd --system web"),
        ("database", 'no connection: database "theset" does not exist', "template0 theset"),
        ("database", "no connection: connection refused", "systemctl start postgresql"),
        ("database schema", "public.venues has no column id: it is not TheSet's: rename it", "database.schema"),
        ("provider word", "connection failed", "curl -I"),
        ("pause of all", "since 12:00", "thesetctl resume all"),
        ("unheard of", "it is odd", "thesetctl health"),
    ],
)
def test_subject_and_words_lead_to_what_mends_it(subject: str, text: str, mend: str) -> None:
    """A command in the text comes first, then the rows in their order; who knows nothing names the health."""
    assert mend in mend_of(subject, text)


def test_a_mend_repeats_names_that_its_words_hold() -> None:
    """Each place in a text is the subject, its rest, or a group of the row's expression."""
    for row in MENDS:
        places = {name for _, name, _, _ in Formatter().parse(row.text) if name}
        assert places <= {"subject", "rest", *re.compile(row.words).groupindex}, row


def test_every_row_can_be_reached() -> None:
    """A row that fits any text comes after all rows about the beginning of its subject."""
    for number, row in enumerate(MENDS):
        hiding = [one for one in MENDS[:number] if not one.words and row.subject.startswith(one.subject)]
        assert not hiding, row

"""The versions of both programs: apart from `about`, as the documents of the page take longer to load than to ask.

Tested in tests/ctl/commands/service/test_about.py.
"""

import click

from thesetd import __version__
from thesetd.ctl import tables, views
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ports.surface.rows.daemon import SHOW_HEALTH

FAILED = 1


@click.command()
@json_option
@pass_session
def version(session: Session) -> None:
    """Show the version of this program and that of the daemon; exit with 1 if they differ.

    Example: thesetctl version --json
    """
    daemon = None
    try:
        daemon = str(session.daemon.ask(SHOW_HEALTH)["version"])
    except (Unreachable, Broken, ProblemReply) as error:
        views.warn(str(error))
    found = {"thesetctl": __version__, "thesetd": daemon}
    session.show(found, lambda _: tables.pairs(found))
    if daemon not in {None, __version__}:
        click.get_current_context().exit(FAILED)

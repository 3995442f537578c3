"""What stands around a pasted address is taken off; what in one cannot be meant is refused without being shown."""

import hypothesis
import hypothesis.strategies as st
import pytest

from thesetd.domain.addresses import check_filled, check_host, check_key, check_web, unwrapped


@pytest.mark.parametrize(
    "text",
    [
        "scheme://h",
        ' "scheme://h"\r\n',
        "\ufeff\u201cscheme://h\u201d;",
        "<scheme://h>",
        "THE_URL=scheme://h",
        "export THE_URL='scheme://h'",
        "THE_URL: scheme://h",
        '"THE_URL": "scheme://h",',
        '"scheme://h",',
        "'THE_URL' = 'scheme://h'",
        "scheme://h  # of production",
        "THE_URL='scheme://h' #old",
    ],
)
def test_what_stands_around_an_address_is_taken_off(text: str) -> None:
    """Quotes, blanks, invisible characters, and the name of a variable as shells, YAML and JSON write it."""
    assert unwrapped(text) == "scheme://h"


@pytest.mark.parametrize(
    "text",
    [
        "host=h dbname=d",
        "Host=h;Database=d",
        "h:6379,password=a,",
        "scheme://u:a,@h",
        "h=a #b;c=d",
        "scheme://u:a #b@h",
    ],
)
def test_what_belongs_to_an_address_stays(text: str) -> None:
    """Words of libpq and ADO.NET are no names of variables; a comma behind no quote may be the password's."""
    assert unwrapped(text) == text


@pytest.mark.parametrize("text", ["scheme://u:hu\x07sh@h", "scheme://u:\udcffhush@h", "scheme://u:hu\tsh@h"])
def test_a_character_that_no_address_has_is_refused(text: str) -> None:
    """Controls, and bytes of the environment that are no UTF-8: some library would meet them later."""
    with pytest.raises(ValueError, match=r"^has a character that cannot be printed$"):
        unwrapped(text)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("[YOUR-PASSWORD]", "placeholder"),
        ("<password>", "placeholder"),
        ("{your_password}", "placeholder"),
        ("********", "placeholder"),
        ("••••••", "placeholder"),
        ("${HUSH}", "not replaced"),
        ("${HUSH:-x}", "not replaced"),
        ("a-${HUSH}", "not replaced"),
        ("${{ hush.HUSH }}", "not replaced"),
        ("{{ .Values.hush }}", "not replaced"),
        ("$(HUSH)", "not replaced"),
    ],
)
def test_what_has_still_to_be_replaced_is_refused(part: str, told: str) -> None:
    """Of a console, a shell, Kubernetes, Helm and CI; the line shows nothing of it."""
    with pytest.raises(ValueError, match=told) as caught:
        check_filled("the password", part)
    assert "hush" not in str(caught.value).lower()


@pytest.mark.parametrize("part", ["password", "$ecret", "p$a{b}", "a*b", "$HUSH", "{}", "%PW%", "a(b)", ""])
def test_an_odd_password_may_be_meant(part: str) -> None:
    """Only what no generator writes is refused."""
    check_filled("the password", part)


@pytest.mark.parametrize(
    "key",
    ["<your-hush>", "YOUR_HUSH_KEY", "your-hush-client-secret", "changeme", "xxxxxxxx", "...", "undefined", "${HUSH}"],
)
def test_a_key_that_has_still_to_be_written_is_refused(key: str) -> None:
    """What consoles, examples and templates leave in its place."""
    with pytest.raises(ValueError, match="the key is a"):
        check_key(None, None, key)


@pytest.mark.parametrize("key", ["hush  # of production", "x-api-key: hush", "Bearer hush", "hush hush"])
def test_a_key_with_something_beside_it_is_refused(key: str) -> None:
    """A comment that the file's format does not know, a header's name, a second key; nothing of it is shown."""
    with pytest.raises(ValueError, match="the key has a space in it") as caught:
        check_key(None, None, key)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "nonesuch", "my-Xq3_9", "null0", "xxxa", "the_4keyQ", "a{b}c", "todo1"])
def test_an_odd_key_may_be_meant(key: str) -> None:
    """Keys are random: only what none can be is refused."""
    check_key(None, None, key)


@pytest.mark.parametrize(
    "name", ["h..x", ".h", "a" * 64, "a" * 64 + ".x", "h\0", "h x", "h\udcff", "${HUSH}", '"h"', "h,", "(h)", "h;", "*"]
)
def test_a_host_that_cannot_be_looked_up_is_refused(name: str) -> None:
    """The resolver would raise what no library translates."""
    with pytest.raises(ValueError, match="host") as caught:
        check_host(name)
    assert name not in str(caught.value)


@pytest.mark.parametrize("name", ["h", "h.x.", "::1", "fe80::1%eth0", "10.0.0.1", "bücher.example", "a_b", "a" * 63])
def test_a_host_that_may_be_is_taken(name: str) -> None:
    """Names, addresses, scopes, other scripts."""
    check_host(name)


@hypothesis.given(st.text(max_size=70))
def test_every_name_is_taken_or_refused(name: str) -> None:
    """Nothing but ValueError is raised, and what is taken the resolver takes, too."""
    try:
        check_host(name)
    except ValueError:
        return
    name.encode("idna")


def test_a_faulty_port_shows_nothing_of_an_address() -> None:
    """A slash in a password makes its first part the port."""
    with pytest.raises(ValueError, match=r"^the port is not between 1 and 65535$"):
        check_web("http://user:pa/ss@proxy:3128")


@pytest.mark.parametrize(
    "address", ["https://a..b/x", "https://a:b:c/", "https://a:99999", "https://a:0", "http://[::1"]
)
def test_an_address_of_the_web_that_cannot_be_asked_is_refused(address: str) -> None:
    """By its host or its port."""
    with pytest.raises(ValueError, match=r"host|[Pp]ort|IPv6"):
        check_web(address)


@pytest.mark.parametrize("address", ["https://a/x", "http://[::1]:80/", "http://u:p@a:3128", "https://bücher.example"])
def test_an_address_of_the_web_is_taken(address: str) -> None:
    """With a port or without, of any script."""
    check_web(address)

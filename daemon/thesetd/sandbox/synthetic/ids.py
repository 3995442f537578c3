"""Makes ids in the providers' forms. Each contains the number of its artist, so that it can be looked up.

So the world can be made lazily: an album id shows which catalogue to make, an event id which tour.
"""

import string

from thesetd.sandbox.synthetic.chance import digest

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
MAX_OWNERS = 3844  # two base62 digits
_SETLIST_YEARS, _SETLIST_NUMBERS, _SETLIST_NOISE = 32, 128, 256
_ATTRACTION, _EVENT, _RESALE, _VENUE = "K8vZ917", "vvG1fZ9", "Z7r9jZ1", "KovZ9"


def base62(value: int, length: int) -> str:
    """Write the low digits of a number in base 62."""
    digits = []
    for _ in range(length):
        value, digit = divmod(value, 62)
        digits.append(BASE62[digit])
    return "".join(reversed(digits))


def _number(text: str) -> int | None:
    value = 0
    for letter in text:
        digit = BASE62.find(letter)
        if digit < 0:
            return None
        value = value * 62 + digit
    return value


class Mint:
    """Makes ids for one seed, and reads their owners back. Owners are numbers below MAX_OWNERS."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._shift = digest(seed, "shift") % MAX_OWNERS
        self._mask = digest(seed, "mask") % 2**32

    def spotify(self, kind: str, owner: int, number: int = 0) -> str:
        """Make a Spotify id: 22 base62 digits that stay below 2**128."""
        noise = digest(self._seed, "spotify", kind, owner, number)
        return BASE62[noise % 7] + self._hide(owner) + base62(noise // 7, 19)

    def spotify_owner(self, spotify_id: str) -> int | None:
        """Return the owner of a Spotify id; None if it is not an id."""
        return self._show(spotify_id[1:3])

    def attraction(self, owner: int) -> str:
        """Make an attraction id of 13 characters."""
        return _ATTRACTION + self._hide(owner) + base62(digest(self._seed, "attraction", owner), 4)

    def attraction_owner(self, attraction_id: str) -> int | None:
        """Return the owner of an attraction id."""
        return self._show(attraction_id[len(_ATTRACTION) :][:2])

    def event(self, owner: int, year: int, number: int, *, resale: bool = False) -> str:
        """Make an event id of 14 characters; a resale copy has the prefix of that host."""
        noise = digest(self._seed, "event", owner, year, number)
        return (_RESALE if resale else _EVENT) + self._hide(owner) + base62(noise, 5)

    def event_owner(self, event_id: str) -> int | None:
        """Return the owner of an event id."""
        return self._show(event_id[len(_EVENT) :][:2])

    def venue(self, number: int) -> str:
        """Make a Ticketmaster venue id."""
        return _VENUE + base62(digest(self._seed, "venue", number), 6)

    def slfm_venue(self, number: int) -> str:
        """Make a setlist.fm venue id: 8 hex digits."""
        return f"{digest(self._seed, 'slfm venue', number) % 2**32 | 2**28:08x}"

    def setlist(self, owner: int, year: int, number: int) -> str:
        """Make a setlist id: 8 hex digits that hold artist, year and number (below 128)."""
        noise = digest(self._seed, "setlist", owner, year, number) % _SETLIST_NOISE
        packed = ((owner * _SETLIST_YEARS + year % _SETLIST_YEARS) * _SETLIST_NUMBERS + number) * _SETLIST_NOISE + noise
        return f"{packed ^ self._mask:08x}"

    def setlist_owner(self, setlist_id: str) -> tuple[int, int] | None:
        """Return the owner of a setlist id and its year modulo 32."""
        try:
            packed = int(setlist_id, 16) ^ self._mask
        except ValueError:
            return None
        owner, year = divmod(packed // _SETLIST_NOISE // _SETLIST_NUMBERS, _SETLIST_YEARS)
        return owner, year

    def mbid(self, owner: int) -> str:
        """Make a MusicBrainz id, in the form of a UUID of version 4."""
        text = f"{digest(self._seed, 'mbid', owner) % 2**128:032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def _hide(self, owner: int) -> str:
        return base62((owner + self._shift) % MAX_OWNERS, 2)

    def _show(self, text: str) -> int | None:
        number = _number(text)
        return None if number is None or len(text) != 2 else (number - self._shift) % MAX_OWNERS  # noqa: PLR2004 - digits

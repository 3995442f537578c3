"""Guesses which time zone a wrong name means: abbreviations, cities, offsets and misspellings."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from zoneinfo import available_timezones

# These are names of zones, but of fixed offsets: who writes them for a schedule is an hour off for half of the year.
FIXED: Mapping[str, str] = {
    "EST": "America/New_York (all year: Etc/GMT+5)",
    "MST": "America/Denver (all year: Etc/GMT+7)",
    "HST": "Pacific/Honolulu",
}
# Source of the abbreviations: files of the time zone database; MEZ and MESZ are German ones.
_SHORT: Mapping[str, str] = {
    "CEST": "Europe/Berlin",
    "MEZ": "Europe/Berlin",
    "MESZ": "Europe/Berlin",
    "BST": "Europe/London",
    "EEST": "Europe/Athens",
    "EDT": "America/New_York",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "MDT": "America/Denver",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "IST": "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem",
    "JST": "Asia/Tokyo",
    "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney",
}
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?00)?", re.IGNORECASE)
_ANY = "a name like Europe/Berlin, or UTC"
_MOST_HOURS = 12
_CLOSE = 0.8


def meant_zone(name: str) -> str:
    """Return what to write instead of the name of a zone that there is not."""
    wanted = name.strip().replace(" ", "_").casefold()
    if wanted.upper() in _SHORT:
        return _SHORT[wanted.upper()]
    if (offset := _OFFSET.fullmatch(wanted)) and int(offset[2]) <= _MOST_HOURS:
        opposite = "-" if offset[1] == "+" else "+"  # by POSIX, zones east of Greenwich have a minus
        return f"a name like Europe/Berlin, or Etc/GMT{opposite}{int(offset[2])} for an offset all year"
    known = {zone.casefold(): zone for zone in sorted(available_timezones())}
    cities = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(known.values()) if "/" in zone}
    if found := known.get(wanted) or cities.get(wanted):
        return found
    close = get_close_matches(wanted, known, n=1, cutoff=_CLOSE) if "/" in wanted else []
    return known[close[0]] if close else _ANY

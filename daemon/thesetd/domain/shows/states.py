"""States and provinces under one name each: one seller writes the code of a state, another its name.

Only countries whose venues are sent with the code of a state are here; elsewhere a state is what the provider calls it.
Source: ISO 3166-2 codes of the United States, Canada and Australia; names in English, as setlist.fm and Ticketmaster
write them in recorded bodies. A package of all 5,000 subdivisions would bring codes that no provider uses.
"""

from collections.abc import Mapping

from thesetd.domain.music.names import fold

__all__ = ["state_name"]

_STATES: Mapping[str, str] = {
    "US": (
        "AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware, "
        "DC District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, "
        "KS Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN "
        "Minnesota, MS Mississippi, MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New "
        "Jersey, NM New Mexico, NY New York, NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, "
        "PA Pennsylvania, RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah, "
        "VT Vermont, VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming, AS American Samoa, "
        "GU Guam, MP Northern Mariana Islands, PR Puerto Rico, VI Virgin Islands"
    ),
    "CA": (
        "AB Alberta, BC British Columbia, MB Manitoba, NB New Brunswick, NL Newfoundland and Labrador, NT "
        "Northwest Territories, NS Nova Scotia, NU Nunavut, ON Ontario, PE Prince Edward Island, QC Quebec, SK "
        "Saskatchewan, YT Yukon"
    ),
    "AU": (
        "ACT Australian Capital Territory, NSW New South Wales, NT Northern Territory, QLD Queensland, SA South "
        "Australia, TAS Tasmania, VIC Victoria, WA Western Australia"
    ),
}
# What else providers and users write for one of them.
_OTHER_NAMES: Mapping[tuple[str, str], str] = {
    ("US", "Washington, D.C."): "DC",
    ("US", "Washington DC"): "DC",
    ("US", "D.C."): "DC",
    ("US", "U.S. Virgin Islands"): "VI",
    ("CA", "Newfoundland"): "NL",
    ("CA", "Yukon Territory"): "YT",
    ("CA", "P.E.I."): "PE",
    ("CA", "PQ"): "QC",  # the post office's until 1992
}


def _read() -> Mapping[tuple[str, str], str]:
    pairs = {
        (country, code): name
        for country, table in _STATES.items()
        for code, _, name in (entry.partition(" ") for entry in table.split(", "))
    }
    written = {(country, fold(text)): name for (country, code), name in pairs.items() for text in (code, name)}
    others = {(country, fold(text)): pairs[country, code] for (country, text), code in _OTHER_NAMES.items()}
    return written | others


_NAMES = _read()


def state_name(country: str | None, text: str) -> str | None:
    """Return the name of a state that is given by its code or in another spelling; None for an empty text."""
    return _NAMES.get((country or "", fold(text)), text) or None

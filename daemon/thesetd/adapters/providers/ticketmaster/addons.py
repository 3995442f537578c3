"""Recognises Ticketmaster's events that are not concerts: packages, passes, parking, cloakrooms, suites, dinners.

They are sold as separate events, with the segment, venue, day and attractions of the show that they belong to, so only
words identify them (and type ids, for the few that have one). Two kinds of words are used:

- phrases that are unambiguous anywhere ("VIP Packages", "RV Pass", "Baggage Storage");
- words that also occur in titles of songs, tours and bands ("Suite", "Restaurant", "Camping"), which count only if they
  fill a separate part of the name: "The Kooks - the Suite Experience", "Nets vs Raptors (Suite)", but neither
  "Nutcracker Suite" nor "Arlo Guthrie: Alice's Restaurant".

The names of the acts are removed first: a band may be called Hospitality. Words are compared folded, without accents.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from thesetd.domain.music.names import fold
from thesetd.domain.shows.addons import sells_beside

# Source: the type list of /classifications.json, 2025.
ADDON_TYPES = frozenset(
    {
        "KZAyXgnZfZ7v7nJ",  # Upsell
        "KZAyXgnZfZ7vAva",  # Parking
        "KZAyXgnZfZ7v7l6",  # Merchandise
        "KZAyXgnZfZ7v7lk",  # Nonticket
        "KZAyXgnZfZ7v7nn",  # Transportation
        "KZAyXgnZfZ7vAvv",  # Donation
    }
)

_CACHED = 1024  # names; the nights of a tour have one, with the same acts
_PART = re.compile(r"\s[-–—/]|[-–—/]\s|[|:()\[\]]")  # dashes as promoters type them

_GRADE = "vip|premium|platinum|gold|silver|enhanced|hospitality|suite|fan|club|lounge|corporate|backstage|soundcheck"
_LODGING = "camping|glamping|camper|campervan|caravan|rv|tent|hotel|room"
_RIDE = "shuttle|coach|bus|car|vehicle"
_CLOAKROOM = (
    "(?:baggage|luggage|bag|locker) (?:storage|check|drop|rental)"
    "|cloak ?rooms?|coat ?check|uschovna|satna|szatnia|garderobe|guardarropa|vestiaire|guardaroba"
).replace(" ", r"\ ")

_TELLING = re.compile(
    rf"""\b(?:
    (?:{_GRADE}|{_LODGING}|travel|meal|dinner|dining|ticket|upgrade)\ package
  | packages
  | (?:{_GRADE}|dining)\ (?:experiences?|upgrades?|access|seats?|seating|spaces|tables?|tickets?|boxes|suites?)
  | (?:{_GRADE}|{_LODGING}|{_RIDE}|parking|guest|backstage|all\ access|fast\ ?lane|locker|row|postgame
      |festival|weekend|season|multi\ ?day|\d\ day|one\ day|two\ day|three\ day|four\ day)\ pass(?:es)?
  | pass\ \d\ (?:jours|days|dias|tage) | abonos? | festivalpass
  | suite\ (?:hire|rental|hospitality)
  | (?:{_LODGING})\ (?:only|site|spots?|pitch|accommodation|tickets?|upgrades?)
  | (?:{_RIDE})\ (?:service|transfers?|transport|travel|tickets?) | park\ and\ ride
  | {_CLOAKROOM} | car\ park
  | mega\ ?tickets? | season\ (?:tickets?|memberships?) | gift\ (?:cards?|certificates?|vouchers?)
  | memberships?\ registration
  | meet\ (?:and|n)\ greet | lawn\ chairs? | reserved\ lawn | add\ ons?
  | not\ included | no\ incluid[oa]s? | nicht\ (?:enthalten|inklusive) | non\ inclus[oaie]
    )\b""",
    re.VERBOSE,
)

# A pass or ticket for several days or nights, in a dozen languages; one for parking or camping does not count.
_SEVERAL = r"(?:festival|weekend|wochenend|multi\ ?day|\d+|two|three|four|five)"
_DAYS = r"""(?:
    days?|nights?|tages?|nachte|jours?|nuits?|dias?|noches?|noites?|giorni|notti|dagars?|dagen?|nachten|dni(?:ow[aey])?|dny
  | denni|dnevna|noc[iy]|gunluk|gun|paivan
)"""
_PASS = rf"""\b(?:
    {_SEVERAL}(?:\ ?{_DAYS})?\ ?(?:
      pass(?:es)?|tickets?|karte|abono|bono|bilet|biljett|billett|kort|lippu|permanentka|karnet|vstupenka)
  | (?:pass|forfait|abono|bono|passaporte|passe|abbonamento|abonament|karnet|permanentka|passe\ partout)
    \ (?:de\ |per\ |na\ )?\d\ {_DAYS}
  | festivalpass | dauerkarte | kombi(?:ticket|karte|ne\ bilet|ne) | abonos? | passe\ partout | permanentka
  | (?:helg|weekend)(?:pass|biljett|billett|kort)
)\b"""
_FOR_DAYS = re.compile(_PASS, re.VERBOSE)
_NOT_FOR_DAYS = re.compile(rf"\b(?:{_LODGING}|{_RIDE}|parking|locker|garage)\b")

_STANDING_APART = re.compile(
    r"""(?:the\ )?(?:
    (?:(?:vip|executive|luxury|private|party|super|club|corporate)\ )?(?:suites?|boxes)
      (?:\ (?:experience|pass(?:es)?|tickets?))?
  | restaurant(?:\ (?:tickets?|reservations?))?
  | (?:dinner|dining|meal|brunch|lunch)(?:\ (?:tickets?|reservations?))?
  | vip | platinum | hospitality | upgrades? | camping | glamping | shuttle | coach | memberships?
  | merch(?:andise)? | donations?
    )""",
    re.VERBOSE,
)

_LIVE_AT = re.compile(r"live (?:at|in|from|on|im|auf|aus|a|al|en|au|no|na|dal|i|pa|w|z|v)\b")  # "Live at the Car Park"
_PLACE = re.compile(rf"\b(?:{_CLOAKROOM}|suites$)\b", re.VERBOSE)


def names_addon(name: str, acts: Iterable[str] = (), places: Iterable[str] = ()) -> bool:
    """Return whether the name of an event or attraction announces something other than a concert by `acts`, there."""
    acts = tuple(acts)
    return _announces_addon(name, acts) or sells_beside(name, acts, places)


@lru_cache(_CACHED)
def _announces_addon(name: str, acts: tuple[str, ...]) -> bool:
    """Return whether a name announces an add-on by itself, wherever it takes place."""
    folded_acts = [fold(act) for act in acts]
    parts = [fold(part) for part in _PART.split(name) if part.strip()]
    apart = [part for part in parts if part not in folded_acts]
    titles = (part for part in apart if not _LIVE_AT.match(part))
    if any(_TELLING.search(_without(part, folded_acts)) for part in titles):
        return True
    return len(parts) > 1 and any(_STANDING_APART.fullmatch(part) for part in apart)


def names_pass(name: str) -> bool:
    """Return whether the name of an event is that of a pass for several days of a festival."""
    folded = fold(name)
    return _FOR_DAYS.search(folded) is not None and _NOT_FOR_DAYS.search(folded) is None


def holds_no_concerts(venue: str) -> bool:
    """Return whether the name of a venue is that of a cloakroom or a floor of suites."""
    return _PLACE.search(fold(venue)) is not None


def _without(part: str, acts: Iterable[str]) -> str:
    for act in acts:
        if act in part:
            part = re.sub(rf"\b{re.escape(act)}\b", "|", part)
    return part

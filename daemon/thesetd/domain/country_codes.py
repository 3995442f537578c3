"""Knows the codes of countries: ISO 3166-1, two letters."""

import re
from collections.abc import Mapping

# All assigned codes. Source: iso3166.tab of the time zone database, 2024.
_COUNTRY = re.compile(
    r"A[DEFGILMOQRSTUWXZ]|B[ABDEFGHIJLMNOQRSTVWYZ]|C[ACDFGHIKLMNORUVWXYZ]|D[EJKMOZ]|E[CEGHRST]|F[IJKMOR]"
    r"|G[ABDEFGHILMNPQRSTUWY]|H[KMNRTU]|I[DELMNOQRST]|J[EMOP]|K[EGHIMNPRWYZ]|L[ABCIKRSTUVY]"
    r"|M[ACDEFGHKLMNOPQRSTUVWXYZ]|N[ACEFGILOPRUZ]|OM|P[AEFGHKLMNRSTWY]|QA|R[EOSUW]"
    r"|S[ABCDEGHIJKLMNORSTVXYZ]|T[CDFGHJKLMNORTVWZ]|U[AGMSYZ]|V[ACEGINU]|W[FS]|Y[ET]|Z[AMW]"
)


def is_country(code: str) -> bool:
    """Return whether a code is assigned; it is in upper case."""
    return _COUNTRY.fullmatch(code) is not None


# Codes of other standards and names that are written for a country's code, in upper case.
_MEANT: Mapping[str, str] = {
    **dict.fromkeys(("UK", "EN", "GBR", "ENGLAND", "SCOTLAND", "WALES", "GREAT BRITAIN", "UNITED KINGDOM"), "GB"),
    **dict.fromkeys(("USA", "UNITED STATES", "AMERICA"), "US"),
    **dict.fromkeys(("D", "DEU", "GER", "GERMANY", "DEUTSCHLAND"), "DE"),
    **dict.fromkeys(("EL", "GRC", "GREECE"), "GR"),
    **dict.fromkeys(("SP", "ESP", "SPAIN"), "ES"),
    **dict.fromkeys(("AUS", "AUSTRALIA"), "AU"),
    **dict.fromkeys(("AUT", "AUSTRIA"), "AT"),
    **dict.fromkeys(("CAN", "CANADA"), "CA"),
    **dict.fromkeys(("SUI", "CHE", "SWITZERLAND"), "CH"),
    **dict.fromkeys(("DNK", "DENMARK"), "DK"),
    **dict.fromkeys(("FRA", "FRANCE"), "FR"),
    **dict.fromkeys(("IRL", "IRELAND"), "IE"),
    **dict.fromkeys(("ITA", "ITALY"), "IT"),
    **dict.fromkeys(("JP", "JPN", "JAPAN"), "JP"),
    **dict.fromkeys(("MEX", "MEXICO"), "MX"),
    **dict.fromkeys(("NLD", "HOLLAND", "NETHERLANDS"), "NL"),
    **dict.fromkeys(("NOR", "NORWAY"), "NO"),
    **dict.fromkeys(("POL", "POLAND"), "PL"),
    **dict.fromkeys(("SWE", "SWEDEN"), "SE"),
}


def meant_country(text: str) -> str:
    """Return what to write instead of a text that is no country's code."""
    if not text.isalpha() and set(text) & set("[]\"'"):
        return "codes with commas between them, without brackets: GB,DE"
    return _MEANT.get(text.strip().upper(), "two letters of ISO 3166-1, for example GB or DE")

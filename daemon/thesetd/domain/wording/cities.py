"""Compares names of cities: those with names in several languages, and other spellings of one city.

Ticketmaster mostly uses a city's local name, setlist.fm the English one; neither is consistent. The table holds cities
of recorded shows or well-known halls, the English name first. Other cities are left to other evidence: positions, and
concerts that both providers know at halls of one name.
"""

import re
from functools import lru_cache

from thesetd.domain.music.names import fold

__all__ = ["town_of", "towns_spelled"]

_NAMES = """
Aachen, Aix-la-Chapelle
Aarhus, Århus
Antwerp, Antwerpen, Anvers
Athens, Athina, Athen, Atene, Athènes
Bangkok, Krung Thep
Basel, Basle, Bâle, Basilea
Belgrade, Beograd, Belgrad
Bern, Berne, Berna
Bratislava, Pressburg
Braunschweig, Brunswick
Bruges, Brugge, Brügge
Brussels, Bruxelles, Brussel, Brüssel, Bruselas
Bucharest, București, Bukarest, Bucarest
Cologne, Köln, Koeln, Colonia, Keulen
Copenhagen, København, Koebenhavn, Kopenhagen, Copenhague
Cork, Corcaigh
Cracow, Kraków, Krakau
Dublin, Baile Átha Cliath
Dunkirk, Dunkerque
Edinburgh, Edimbourg, Edimburgo
Florence, Firenze, Florenz, Florencia
Frankfurt, Frankfurt am Main, Francfort, Frankfurt/Main
Freiburg, Freiburg im Breisgau
Gdansk, Gdańsk, Danzig
Geneva, Genève, Genf, Ginevra
Genoa, Genova, Genua, Gênes
Ghent, Gent, Gand
Gothenburg, Göteborg, Goeteborg
Hague, The Hague, Den Haag, 's-Gravenhage, La Haye
Halle, Halle (Saale), Halle an der Saale
Hamburg, Hambourg
Hanover, Hannover
Helsinki, Helsingfors
Hull, Kingston upon Hull
Jerusalem, Yerushalayim
Kyiv, Kiev, Kyjiw
Leuven, Louvain
Liège, Luik, Lüttich
Lille, Rijsel
Lisbon, Lisboa, Lissabon, Lisbonne
Ljubljana, Laibach
London, Londres, Londra
Los Angeles, LA
Lucerne, Luzern
Luxembourg, Luxemburg, Lëtzebuerg
Lviv, Lwów, Lemberg
Lyon, Lyons
Mainz, Mayence
Marseille, Marseilles
Mechelen, Malines
Mexico City, Ciudad de México, México, CDMX, México D.F.
Milan, Milano, Mailand
Mons, Bergen (Hainaut)
Montreal, Montréal
Moscow, Moskva, Moskau, Moscou
Munich, München, Muenchen, Monaco di Baviera
Namur, Namen
Naples, Napoli, Neapel, Nápoles
New York, New York City, NYC, Nueva York
Nice, Nizza
Nijmegen, Nimwegen
Nuremberg, Nürnberg, Nuernberg, Norimberga
Ostend, Oostende
Padua, Padova
Palma, Palma de Mallorca
Panama City, Ciudad de Panamá, Panamá
Plzen, Plzeň, Pilsen
Porto, Oporto
Poznan, Poznań, Posen
Prague, Praha, Prag, Praga
Quebec, Québec, Quebec City, Ville de Québec
Ratisbon, Regensburg
Rome, Roma, Rom
Saint Petersburg, St. Petersburg, Sankt-Peterburg, Sankt Petersburg
San Sebastián, Donostia, Donostia-San Sebastián
Santiago, Santiago de Chile
Saragossa, Zaragoza
Sarajevo, Sarajewo
Seville, Sevilla
Sofia, Sofija
Strasbourg, Straßburg, Strassburg
Syracuse, Siracusa
Szczecin, Stettin
Tallinn, Reval
Tbilisi, Tiflis
Thessaloniki, Thessaloníki, Salonica, Saloniki
Tokyo, Tōkyō, Tokio
Trento, Trient
Trier, Treves
Trieste, Triest
Turin, Torino
Turku, Åbo
Valencia, València
Venice, Venezia, Venedig
Vienna, Wien, Vienne (Autriche), Bécs
Vilnius, Wilno, Wilna
Vitoria, Vitoria-Gasteiz
Warsaw, Warszawa, Warschau, Varsovia
Washington, Washington DC, DC
Wroclaw, Wrocław, Breslau
Zagreb, Agram
Zurich, Zürich, Zuerich
"""
WHOLE_WORD = {"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort"}


def town_of(name: str) -> str:
    """Return a key that all spellings of a city share; "" for an empty name."""
    return _town_of(name)


@lru_cache(maxsize=4096)
def _town_of(name: str) -> str:
    words = [word for word in fold(_mended(name)).split() if not word.isdigit()]
    text = " ".join(WHOLE_WORD.get(word, word) for word in words if word != "the" or len(words) == 1)
    return _TOWNS.get(text, text)


def towns_spelled(name: str) -> frozenset[str]:
    """Return the known folded spellings of a city, including the given one."""
    town = town_of(name)
    return frozenset({town, fold(name), *(spelled for spelled, one in _TOWNS.items() if one == town)})


def _mended(text: str) -> str:
    """Repair UTF-8 that was once decoded as Latin-1 ("MontrÃ©al")."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _read(line: str) -> dict[str, str]:
    first, *others = (fold(name).removeprefix("the ") for name in re.split(r", (?=\S)", line))
    return dict.fromkeys(others, first)


_TOWNS: dict[str, str] = {
    spelled: town for line in _NAMES.strip().splitlines() for spelled, town in _read(line).items()
}

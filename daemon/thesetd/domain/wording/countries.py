"""Names of countries in languages other than English: an answer that uses them was cached for another client.

setlist.fm names cities and countries in the language of the request. The languages are those that it offers besides
English: Spanish, French, German, Portuguese, Turkish, Italian, Polish. Names that are the same in English are left out;
the countries are those of most recorded setlists, so that almost any list of twenty contains one of them.
"""

from collections.abc import Mapping

from thesetd.domain.music.names import fold

__all__ = ["is_foreign"]

_FOREIGN: Mapping[str, str] = {
    "AR": "Argentine, Argentinien, Arjantin, Argentyna",
    "AT": "Autriche, Österreich, Avusturya",
    "AU": "Australie, Australien, Avustralya",
    "BE": "Bélgica, Belgique, Belgien, Belçika, Belgio, Belgia",
    "BR": "Brasil, Brésil, Brasilien, Brezilya, Brasile, Brazylia",
    "CA": "Kanada",
    "CH": "Suiza, Suisse, Schweiz, Suíça, İsviçre, Svizzera, Szwajcaria",
    "CL": "Chili, Şili, Cile",
    "CZ": "República Checa, Chequia, République tchèque, Tchéquie, Tschechien, Çekya, Repubblica Ceca, Cechia, Czechy",
    "DE": "Alemania, Allemagne, Deutschland, Alemanha, Almanya, Germania, Niemcy",
    "DK": "Dinamarca, Danemark, Dänemark, Danimarka, Danimarca, Dania",
    "ES": "España, Espagne, Spanien, Espanha, İspanya, Spagna, Hiszpania",
    "FI": "Finlandia, Finlande, Finnland, Finlândia, Finlandiya",
    "FR": "Francia, Frankreich, França, Fransa, Francja",
    "GB": "Reino Unido, Royaume-Uni, Vereinigtes Königreich, Birleşik Krallık, Regno Unito, Wielka Brytania",
    "HU": "Hungría, Hongrie, Ungarn, Hungria, Macaristan, Ungheria, Węgry",
    "IE": "Irlanda, Irlande, Irland, İrlanda, Irlandia",
    "IT": "Italia, Italie, Italien, Itália, İtalya, Włochy",
    "JP": "Japón, Japon, Japão, Japonya, Giappone, Japonia",
    "MX": "Mexique, Mexiko, Meksika, Messico, Meksyk",
    "NL": "Países Bajos, Pays-Bas, Niederlande, Países Baixos, Hollanda, Paesi Bassi, Holandia",
    "NO": "Noruega, Norvège, Norwegen, Norveç, Norvegia, Norwegia",
    "NZ": "Nueva Zelanda, Nouvelle-Zélande, Neuseeland, Nova Zelândia, Yeni Zelanda, Nuova Zelanda, Nowa Zelandia",
    "PL": "Polonia, Pologne, Polen, Polônia, Polonya, Polska",
    "PT": "Portekiz, Portogallo, Portugalia",
    "SE": "Suecia, Suède, Schweden, Suécia, İsveç, Svezia, Szwecja",
    "US": "Estados Unidos, États-Unis, Vereinigte Staaten, Amerika Birleşik Devletleri, Stati Uniti, Stany Zjednoczone",
}
_FOLDED = {code: frozenset(fold(name) for name in names.split(", ")) for code, names in _FOREIGN.items()}


def is_foreign(code: str, name: str) -> bool:
    """Return whether a country with this ISO code is named in another language than English."""
    return fold(name) in _FOLDED.get(code, ())

"""Names on bills that stand for nobody, and acts whose names have such words."""

import pytest

from thesetd.domain.shows.kept_places import keeps_place

KEPT = [
    "Special Guests",
    "Support: TBA",
    "and many more",
    "+ many more",
    "& More",
    "Plus Special Guests",
    "Special Guest TBA",
    "Support TBC",
    "TBA Support",
    "Opening Act",
    "Opening Acts TBA",
    "More TBA",
    "More to be announced",
    "Surprise Guest",
    "With special guests",
    "Support Act (TBA)",
    "Artist TBA",
    "Headliner TBA",
    "Invité spécial",
    "Première partie",
    "Artista invitado",
    "Artistas invitados",
    "y muchos más",
    "y más",
    "und weitere",
    "und viele mehr",
    "Vorgruppe",
    "Vorband",
    "Special Guest & Support",
    "Ospite speciale",
    "e molti altri",
    "e mais",
    "Convidado especial",
    "Speciale gast",
    "en meer",
    "Goście specjalni",
    "i inni",
    "Specjalny gość",
    "speciální host",
    "Various Artists",
    "Verschiedene Interpreten",
    "Artistes divers",
    "Artisti vari",
    "Varios artistas",
    "Multiple Artists",
    "Local Support",
    "Very Special Guest To Be Announced",
    "TBA 2",
    "Guest DJ",
    "Guest Artist",
    "et plus encore",
    "plus d'autres artistes",
    "+ Support",
    "Support 1",
    "Special Guest: tba",
    "Por confirmar",
    "A confirmar",
    "Da annunciare",
]
ACTS = [
    "Support Lesbiens",
    "The Guests",
    "More Fatter",
    "TBA Trio",
    "Guest of Honour",
    "Special D.",
    "Plus One",
    "Opening Night Ensemble",
    "Local Natives",
    "Special Interest",
    "Surprise Chef",
    "The Various",
    "Many Rooms",
    "And Also The Trees",
    "Too Many Zooz",
    "Various Cruelties",
    "Les Invités",
    "Host Body",
    "Others",
    "Special Others",
    "Weitere Aussichten",
    "Mehr Licht",
    "Support The Underdogs",
    "Host",
    "Y",
    "Mas Y Mas",
    "Secret Band",
    "Extra Special",
    "Premiere",
    "Local H",
    "Very Extra",
    "The Band",
    "Dj Support Group",
    "Guest House",
    "Banda",
    "Plus",
    "DJ Premier",
    "Local DJs",
    "Mystery Lights",
    "Muchos Mas Amigos",
    "A Band Apart",
    "Special Band",
    "Local Band",
]


@pytest.mark.parametrize("name", KEPT)
def test_a_place_is_kept(name: str) -> None:
    """Every word is about guests, support, further acts or what is not announced, in ten languages."""
    assert keeps_place(name)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_may_have_such_words(name: str) -> None:
    """A word beside them, an article, or words that say nothing of a place: the name is an act's."""
    assert not keeps_place(name)


def test_a_single_word_is_an_act_alone() -> None:
    """An act may be called Support, More or Guests; nobody is called TBA."""
    assert [keeps_place(name, alone=True) for name in ("Support", "More", "Guests", "TBA", "Support TBA")] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert [keeps_place(name) for name in ("Support", "More", "Guests", "TBA", "")] == [True, True, True, True, False]


@pytest.mark.parametrize("name", ["+ Gäste", "+ Ospiti", "+ altri"])
def test_a_plus_before_a_single_word_keeps_a_place(name: str) -> None:
    """Beside other acts only; without the sign an act may be called so."""
    assert keeps_place(name)
    assert not keeps_place(name, alone=True)
    assert not keeps_place(name.removeprefix("+ "))

"""Names on a bill that are placeholders for acts not named yet, or stand for no act in particular.

A name is one if all its words are about that: "Support: TBA", "+ very special guests", "y muchos más", "Various
Artists". One word beside them makes it an act's name: "Support Lesbiens", "The Guests". A single word that an act may
be called by ("Support", "+ Gäste") keeps a place only beside other acts.
"""

from thesetd.domain.music.names import fold

__all__ = ["keeps_place"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Folded, one language a row: English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, Czech, Nordic.
_OPEN = _words("""
tba tbc tbd announced confirmed determined
bekanntgegeben
annoncer confirmer
anunciar confirmar
annunciare confermare
""")
_GUESTS = _words("""
guest guests support supports opener openers
gast gaste vorgruppe vorgruppen vorband vorbands vorprogramm stargast spezialgast uberraschungsgast
invite invites invitee premiere
invitado invitada invitados telonero teloneros
convidado convidada convidados
ospite ospiti
gasten voorprogramma
gosc goscie gosci
host hoste predkapela predkapely
gaster forband gaest gaester gjest gjester
""")
# An act may be called by the others alone ("Host", "Ospiti").
_GUESTS_ALONE = _words("""
guest guests support supports
vorgruppe vorgruppen vorband vorbands vorprogramm stargast uberraschungsgast
telonero teloneros voorprogramma predkapela predkapely forband
""")
_OTHERS = _words("""
more others
mehr weitere andere
autres dautres encore
mas otros
mais outros
altri
meer anderen
inni innych
dalsi dalsich
fler flera andra flere andre
""")
_ACTS = _words("""
act acts artist artists band bands dj djs headliner headliners lineup
kunstler interpreten
artiste artistes groupe groupes partie
artista artistas grupo grupos banda bandas
artisti gruppo gruppi
artiesten
artysta artysci wykonawcy
umelci interpreti
artister
""")
_SEVERAL = _words("various several multiple verschiedene diverse divers varios vari rozni ruzni")
_MANY = _words("many much viele vielen beaucoup muchos muitos molti vele wielu mnoho mange manga")
_QUALITIES = _words("""
very special surprise mystery secret local extra further additional opening supporting
besondere besonderer spezielle
speciaux speciale speciales
especial especiales especiais sorpresa surpresa
speciali sorpresa
specjalny specjalni
specialni
speciell sarskild
""")
_JOINING = _words("and plus with und mit et avec d y con e com en met i z a s og och med feat featuring")
_BETWEEN = _words("to be wird a por da de do by and or")
_EVERY = _OPEN | _GUESTS | _OTHERS | _ACTS | _SEVERAL | _MANY | _QUALITIES | _JOINING | _BETWEEN


def keeps_place(name: str, *, alone: bool = False) -> bool:
    """Return whether a name on a bill stands for no act; `alone` if it is the only one."""
    folded = fold(name).split()
    words = [word for word in folded if word != "+" and not word.isdigit()]
    if not words or not _EVERY.issuperset(words):
        return False
    if len(words) == 1:
        joined = _GUESTS | _OTHERS if folded[0] == "+" else _GUESTS_ALONE | {"more"}
        return words[0] in _OPEN or (not alone and words[0] in joined)
    said = frozenset(words)
    return bool(
        said & (_OPEN | _GUESTS)
        or (said & _OTHERS and words[0] in _JOINING | _MANY)
        or (said & _ACTS and said & (_SEVERAL | {"opening", "supporting"}))
    )

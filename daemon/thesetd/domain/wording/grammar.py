"""Function words that distinguish a verb from a place and a pronoun from a guest.

"Live" is the only class word that is also a common verb of its language; "with", "con" or "mit" introduce a guest
before a name, but belong to the song's name before a pronoun.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Before "live" these make it a verb.
VERB_BEFORE = _words(
    "all always are as be been being born can cant children come coming could couldnt did didnt do does doesnt "
    "dont ever folks go goes going gon gone gonna gotta hear hearts hell help how i id if ill im is just learn "
    "learning let lets long make makes makin many may men might must never not only people really see shall shell "
    "should shouldnt some souls still that them these they theyd theyll theyre those to too u us wanna was watch "
    "way we we've wed well went were what when where who why will women wont would wouldnt ya yall you youd youll "
    "youre"
)
# After "live" these make it a verb.
VERB_AFTER = _words(
    "a above again alone always an another anywhere apart as away because before below best better beyond bold "
    "but by die down each easy every everyday everywhere fast fearless for forever free fully happily happy hard "
    "her here high him his if it its large laugh learn let life like lives loud love low me more my myself never "
    "now nowhere off once or our ourselves out outside over proud right simple simply slow slowly so somewhere "
    "that the their them there these this those through till to today together tomorrow tonight too true truly "
    "twice until up us well what whatever where while wild within without you young your yourself"
)
# Verbs that form a list with "live": "(Live, Laugh, Love)".
VERB_BESIDE = _words(
    "be breathe cry dance die dream eat fall fight forgive give grow laugh learn leave let lie lose love play "
    "pray repeat ride rise sing sleep smile win work"
)
# Nouns after "live a".
VERB_OBJECTS = _words(
    "better day double dream good happy hundred lie life little long lot million new quiet second simple thousand while"
)
# After "live and" these fit a concert.
LIVE_AND = _words("alone dangerous direct kickin kicking loud more rare raw well")
# After "live in (the)" these are not places.
NO_PLACE = _words(
    "a air another color colors colour dark darkness day days dream dreams ease ella every exile fantasy fear "
    "fears freedom future harmony head heart hearts heaven her him his hope it joy lie lies life light love me "
    "memories memory meu meus mi mim mind mis moment my now our pain paradise past peace pieces present rain sea "
    "shadow shadows shame silence sin sonhos sorrow stereo style su suenos sun sunshine sus teu teus that their "
    "them this ti time times truth tu tus un una us vain voce wind within you your"
)
# Words that make "live" a verb anywhere before it: "Places Where I Live".
CLAUSE = _words("can could how i let may must shall should they to we what when where while who why will would you")
# Words that introduce a guest: certainly, or likely if a name follows; a word of the last set after them excludes one.
GUEST_SURE = _words("duet dueto duo feat featuring ft part particip participação prod")
GUEST_MAYBE = _words("avec com con med met mit starring w/ with z 和")
NOT_A_GUEST = _words(
    "a all an as dem den der dich dir einem einer el elle euch everything her hers him his ihm ihr it l la las le "
    "les los love lui ma me meinem meiner mes meu mi mich mine minha mir moi mon my no nothing o or os su sus ta "
    "te tes that their them this ti toi ton tu tus u um uma un una uns us voce you your yours"
)
# After "live with" these make "live" a verb.
VERB_AFTER_WITH = (VERB_AFTER | NO_PLACE | {"no"}) - {"the", "a", "his", "her", "their", "our"}
# Kinds of music that festivals are named after, before a place: "Rock am Fluss".
MUSIC = _words("rock pop jazz metal folk blues punk indie country reggae")
# Rooms in which nobody gives concerts.
ROOMS = _words(
    "home house bedroom kitchen attic basement garage room maison chambre casa cuarto hause keller wohnzimmer"
)

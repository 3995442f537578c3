"""The versions of a recording, and the words by which providers announce them.

The words are looked for in what a title *adds* to a song's name ("Live at Wembley / 1986"), never in the name itself:
`titles` finds what is added. The word lists come from recorded Spotify titles, 2017 to 2026, and from what comparable
programs look for.
"""

import re
from collections.abc import Collection
from enum import Enum


class Version(Enum):
    """The version class of a song or album; only STUDIO and REMASTER are offered for voting."""

    STUDIO = "studio"
    REMASTER = "remaster"
    LIVE = "live"
    REMIX = "remix"
    ACOUSTIC = "acoustic"
    DEMO = "demo"
    INSTRUMENTAL = "instrumental"
    COMMENTARY = "commentary"
    COVER = "cover"
    COMPILATION = "compilation"


# "(We Live For Love)", "(Live and Learn)": a name in brackets with the verb, no concert.
_VERB = r"""
    \b(?: to | i | we | you | u | they | who | people | long | can | can['’]t | could | don['’]t | gotta | how | let
        | must | never | should | wanna | will | would ) \s live \b
  | \b live \s (?: (?:and|&) \s (?:learn|let) | again | forever | free | it | life | like | my | our | to | together
        | without | your
        | for \s (?: love | me | nothing | now | this | today | tomorrow | you | the \s (?:day|moment|night|weekend) )
    ) \b
"""
_BROADCASTER = r"""
    (?: amazon | aol | apple\smusic | audiotree | bbc | daytrotter | deezer | iheart\w* | itunes | kcrw | kexp
      | mahogany | maida\svale | npr | peel | sirius\w* | spotify | tiny\sdesk | triple\sj | vevo | wfuv | world\scafe )
"""
# "Original Mix", "2019 Mix": the recording itself; any other "<name> Mix" is somebody's remix.
_OWN_MIX = r"""
    (?: (?: original | album | single | main | mono | stereo | extended | radio | full | lp | final | new | the | \d{4}
          | (?: \d+ (?:st|nd|rd|th) \s )? anniversary | (?:7|12) (?: ['’]{2} | ["”] | \sinch ) ) \s )* mix \b
"""
_ARRANGEMENT = r"""
    (?: bossa\snova | choir | chill(?:out)? | club | cypher | dance | disco | house | jazz | latin | lo-?fi | lullaby
      | orchestral? | reggae | strings? | swing | symphon(?:y|ic) | techno | trance | tropical )
"""

# In order of precedence: of several versions in one title ("Live / Remastered 2010") the first one counts.
# The last says nothing about the recording; it lists wrappings that are no part of a song's name.
_SIGNS = {
    Version.COMMENTARY: r"""
        .*\b (?: commentary | track\sby\strack | interview | spoken(?:\sword)? | radio\sshow ) \b
      | (?: \w+\s )? (?: skit | interlude | intro | outro ) (?: \s\d+ )? $
    """,
    Version.LIVE: rf"""
        (?! .* (?: {_VERB} ) ) .*\b live \b
      | .*\b (?: (?:ao|en|dal)\svivo | en\s(?:directo|concert|public) | in\sconcert | unplugged ) \b
      | .*\b {_BROADCASTER} \b .* \b sessions? \b
      | .*\b (?: live\slounge | tiny\sdesk | like\sa\sversion | spotify\s(?:singles|studios) ) \b
      | .* (?: ライ[ブヴ] | 라이브 | 현장 | [现現][场場] )
    """,
    Version.DEMO: r"""
        .*\b (?: demos? | (?:rough|monitor|early)\smix | take\s(?:\d+|one|two|three) | early\s(?:take|version)
               | alternat(?:e|ive)\s(?:mix|take|version) | out-?takes? | rehearsals? | riff\stapes?
               | (?:room|studio)\sjam | (?:work(?:ing)?|writing)\sin\sprogress ) \b
    """,
    Version.REMIX: rf"""
        .*\b (?: re-?mix(?:e[sd])? | rmx | re-?work(?:ed)? | re-?fix | re-?edit | re-?imagined | reanimation | bootleg
               | mash-?up | vip | sped\sup | slowed | nightcore | 8d(?:\saudio)? | {_ARRANGEMENT}\sversion ) \b
      | (?! {_OWN_MIX} ) .*\b mix \b
      | .*\b (?: mixed | dub(?:\sversion)? ) $
    """,
    Version.INSTRUMENTAL: r".*\b (?: instrumentals? | karaoke | backing\stracks? ) \b",
    Version.ACOUSTIC: r".*\b (?: acoustic | acústic[oa] | stripped | piano\sversion | a\s?cappella | acapella ) \b",
    Version.COVER: r"""
        .*\b (?: tribute | cover\sversion | made\sfamous\sby | originally\sperformed\sby | in\sthe\sstyle\sof ) \b
      | .*\b (?<!for\s)(?<!take\s)(?<!under\s) cover $
    """,
    Version.REMASTER: r"""
        .*\b re-?master (?: ed | izad[oa] | isé )? \b
      | (?: the\s )? (?: \d{4} | (?: \d+ (?:st|nd|rd|th) \s )? anniversary ) \s (?: \w+\s )? mix $
    """,
    Version.STUDIO: r"""
        .*\b (?: edition | deluxe | bonus(?:\stracks?)? | b-?sides? | re-?record(?:ed|ing) ) \b
      | .*\b (?: edit | mix | versions? (?: \s\d+ )? ) $
      | (?: mono | stereo | single | ep | explicit | clean | expanded ) $
      | (?: original\s )? (?: motion\spicture\s )? soundtrack \b
      | contains\shidden\stracks? \b
      | (?: featured\s(?:in|on) | (?:taken\s)? from ) \s ["“'‘]
      | from\s .*\b (?: film | game | motion\spicture | movie | series | soundtrack | vault ) \b
    """,
}
_FLAGS = re.IGNORECASE | re.DOTALL | re.VERBOSE
_PATTERNS = {version: re.compile(pattern, _FLAGS) for version, pattern in _SIGNS.items()}

_PERHAPS_LIVE = re.compile(r".*\b (?: live\s(?:at|from|in|on) | live$ | unplugged | in\sconcert ) \b", _FLAGS)
_CONCERT = re.compile(r".*\b (?: mtv\sunplugged | (?:ao|en|dal)\svivo | en\sdirecto ) \b", _FLAGS)
_LIVE_AT = re.compile(
    r"""
    (?: .*\W )? (?: Live|LIVE ) (?: \s (?: &|[Aa]nd|AND ) \s \w+ )?  # "Live & Acoustic at"
    \s (?: [Aa]t|[Ff]rom|AT|FROM ) \s (?: (?: [Tt]he|THE ) \s )? [^a-z\s]
    """,
    re.DOTALL | re.VERBOSE,
)
_LIVE_VERB = re.compile(rf".* (?: {_VERB} )", _FLAGS)
_COLLECTION = re.compile(
    r"""
    .*\b (?: greatest\shits | the\s(?:very\s)?best\sof | the\sessential | (?:hits|singles)\scollection
           | anthology ) \b
    """,
    _FLAGS,
)


def announced(words: str) -> Version | None:
    """Give the version that an addition to a name announces, None where it is part of the name ("Pt. 2").

    STUDIO means: no part of the name, and no other recording ("Radio Edit", "Bonus Track").
    """
    return next((version for version, pattern in _PATTERNS.items() if pattern.match(words)), None)


def foremost(versions: Collection[Version]) -> Version | None:
    """Give the version that counts where a title announces several."""
    return next((version for version in _SIGNS if version in versions), None)


def surely_live(album: str) -> bool:
    """Whether an album's name alone shows a concert: "Live at Leeds", "MTV Unplugged", but not "We Live at Night"."""
    return bool(_CONCERT.match(album) or (_LIVE_AT.match(album) and not _LIVE_VERB.match(album)))


def perhaps_live(album: str) -> bool:
    """Whether an album's name may show a concert: "Live in Texas", but also "Live in the Moment"."""
    return bool(_PERHAPS_LIVE.match(album))


def collection(album: str) -> bool:
    """Whether an album's name shows a collection of older recordings."""
    return bool(_COLLECTION.match(album))

"""Which version of a song or album a title announces."""

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

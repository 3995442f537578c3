"""Registers every emulated provider; a new one is a folder and a line here."""

from thesetd.sandbox.twins.musicbrainz import TWIN as MUSICBRAINZ
from thesetd.sandbox.twins.setlistfm import TWIN as SETLISTFM
from thesetd.sandbox.twins.spotify import TWIN as SPOTIFY
from thesetd.sandbox.twins.ticketmaster import TWIN as TICKETMASTER
from thesetd.sandbox.twins.twin import Twin

TWINS: tuple[Twin, ...] = (SPOTIFY, TICKETMASTER, SETLISTFM, MUSICBRAINZ)

"""The synthetic world for the sandbox."""

from thesetd.sandbox.sources import World
from thesetd.sandbox.synthetic.setlistfm import SetlistfmView
from thesetd.sandbox.synthetic.spotify import SpotifyView
from thesetd.sandbox.synthetic.ticketmaster import TicketmasterView
from thesetd.sandbox.synthetic.universe import MAX_ARTISTS, MIN_ARTISTS, Universe


def synthetic_world(seed: int, artists: int) -> World:
    """Make a world: equal seeds and numbers give equal worlds, whatever the day and the process.

    Raises:
        ValueError: fewer than MIN_ARTISTS or more than MAX_ARTISTS.
    """
    if not MIN_ARTISTS <= artists <= MAX_ARTISTS:
        raise ValueError(f"a world has {MIN_ARTISTS} to {MAX_ARTISTS} artists, not {artists}")
    universe = Universe(seed, artists)
    return World(
        f"world seed {seed}, {artists} artists",
        SpotifyView(universe),
        TicketmasterView(universe),
        SetlistfmView(universe),
    )

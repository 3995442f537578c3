"""The recorded world for the sandbox. The bodies stay in their folder; the project holds none."""

from pathlib import Path

from thesetd.sandbox.recorded.setlistfm import RecordedSetlistfm
from thesetd.sandbox.recorded.spotify import INDEX, RecordedSpotify
from thesetd.sandbox.recorded.ticketmaster import RecordedTicketmaster
from thesetd.sandbox.sources import World


class NoCorpus(Exception):
    """A folder that holds no recorded responses; the text says what was looked for."""


def recorded_world(folder: Path) -> World:
    """Read a world of recorded responses.

    Raises:
        NoCorpus: the folder has no spotify/CRAWL-INDEX.json.
    """
    index = folder / "spotify" / INDEX
    if not index.is_file():
        raise NoCorpus(f"no recorded responses in {folder}: {index} is missing")
    return World(
        f"recorded responses in {folder}",
        RecordedSpotify(folder / "spotify"),
        RecordedTicketmaster(folder / "ticketmaster"),
        RecordedSetlistfm(folder / "setlistfm"),
    )

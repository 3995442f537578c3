"""The worlds that the sandbox serves: one generated from a seed, or recorded responses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from thesetd.domain.ids import ProviderName
from thesetd.sandbox.synthetic.universe import MAX_ARTISTS, MIN_ARTISTS, Universe
from thesetd.sandbox.twins.registry import TWINS
from thesetd.sandbox.twins.spotify.recorded import INDEX


@attrs.frozen
class World:
    """One world, as each provider sees it. `label` describes it in the ready line."""

    label: str
    sources: Mapping[ProviderName, Any]


class NoCorpus(Exception):
    """A folder without recorded responses; the message says what was searched for."""


def synthetic_world(seed: int, artists: int) -> World:
    """Make a world: equal seeds and numbers give equal worlds, whatever the day and the process.

    Raises:
        ValueError: fewer than MIN_ARTISTS or more than MAX_ARTISTS.
    """
    if not MIN_ARTISTS <= artists <= MAX_ARTISTS:
        raise ValueError(f"a world has {MIN_ARTISTS} to {MAX_ARTISTS} artists, not {artists}")
    universe = Universe(seed, artists)
    return World(f"world seed {seed}, {artists} artists", {twin.name: twin.synthetic(universe) for twin in TWINS})


def recorded_world(folder: Path) -> World:
    """Read a world of recorded responses; the project holds none.

    Raises:
        NoCorpus: the folder has no spotify/CRAWL-INDEX.json.
    """
    index = folder / "spotify" / INDEX
    if not index.is_file():
        raise NoCorpus(f"no recorded responses in {folder}: {index} is missing")
    sources = {twin.name: twin.recorded(folder / twin.name) for twin in TWINS}
    return World(f"recorded responses in {folder}", sources)

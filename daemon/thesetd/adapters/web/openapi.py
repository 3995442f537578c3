"""The OpenAPI document of the control socket, kept as JSON beside this module."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from thesetd import __version__


@cache
def document() -> dict[str, Any]:
    """Return the document, with this program's version."""
    loaded: dict[str, Any] = json.loads(files("thesetd.adapters.web").joinpath("openapi.json").read_text())
    loaded["info"]["version"] = __version__
    return loaded

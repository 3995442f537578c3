"""How often Python looks for cycles of garbage: less often than by default, and never at what is there from the start.

By default a daemon with a thousand tasks spends a fifth of its time on it, and stops for 0.1 s now and then, which
people who wait for an answer notice.
"""

import gc

YOUNG_OBJECTS = 10_000  # made, less those freed, before the youngest are looked at; a task makes a few dozen


def spare_collections() -> None:
    """Set that up; to be called when everything has been started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)

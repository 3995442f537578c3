"""When a disk is too full."""

import pytest

from thesetd.domain.room import lacks_room

GIB = 1 << 30


@pytest.mark.parametrize(
    ("free", "total", "lacks"),
    [
        (2 * GIB, 100 * GIB, True),
        (6 * GIB, 100 * GIB, False),
        (20 * GIB, 2000 * GIB, False),
        (0, 1 << 20, True),
        (1 << 20, 1 << 20, False),
    ],
)
def test_a_disk_is_full_by_its_size(free: int, total: int, *, lacks: bool) -> None:
    """A twentieth has to be free; of a large disk 10 GiB are enough, and a small one that is empty is fine."""
    assert lacks_room(free, total) == lacks

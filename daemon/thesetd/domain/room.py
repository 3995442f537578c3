"""Decides how much free space a disk needs: a twentieth of its size, at most 10 GiB."""

SHARE, ENOUGH_BYTES = 0.05, 10 << 30


def lacks_room(free: int, total: int) -> bool:
    """Return whether so few of the total bytes are free that a database or a log on the disk will soon fail."""
    return free < min(SHARE * total, ENOUGH_BYTES)

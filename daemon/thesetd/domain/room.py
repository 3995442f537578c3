"""How much room a disk must have: a twentieth of it, and no more than 10 GiB."""

SHARE, ENOUGH_BYTES = 0.05, 10 << 30


def lacks_room(free: int, total: int) -> bool:
    """Return whether so few bytes are free of so many that a database or a log on the disk will soon fail."""
    return free < min(SHARE * total, ENOUGH_BYTES)

from simulation.changes import EVERY, play


def test_what_changes(migrated_dsn: str, empty_redis: str):
    """Found."""
    found = play(EVERY, migrated_dsn, empty_redis)
    print("\n" + "\n".join(one.text() for one in found))
    assert all(one.good for one in found)

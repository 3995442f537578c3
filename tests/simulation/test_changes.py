"""What changes at the providers is found by schedules alone; `make prove-changes` plays every line."""

from simulation.changes import EDITS, PROFILES, play, table


def test_what_changes_of_an_artist_is_found_by_a_schedule(migrated_dsn: str, empty_redis: str):
    """A new name, popularity and picture are in the database within the target of the schedule of active artists."""
    found = play(PROFILES, migrated_dsn, empty_redis)
    assert [one.line.name for one in found if one.good] == [one.name for one in PROFILES], table(found)


def test_edits_of_setlists_are_found_by_one_question(migrated_dsn: str, empty_redis: str):
    """Late songs, another date, a late page and an edit of years ago: in time, and no list is read again for it."""
    found = play(EDITS, migrated_dsn, empty_redis)
    assert [one.line.name for one in found if one.good] == [one.name for one in EDITS], table(found)

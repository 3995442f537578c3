"""Where temporary files of tests are."""

import os
from pathlib import Path

import pytest

from in_memory import PREFIX, has_room, held, sweep


def test_a_small_or_absent_place_is_not_taken(tmp_path: Path) -> None:
    """Nor is one whose memory is in use: tests then use the disk, as without it."""
    assert has_room(tmp_path, room_bytes=0)
    assert not has_room(tmp_path, room_bytes=1 << 60)
    assert not has_room(tmp_path / "absent", room_bytes=0)


@pytest.mark.parametrize(("flags", "is_taken"), [(0, True), (os.ST_NOEXEC, False)])
def test_a_place_in_which_no_program_may_run_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: int, *, is_taken: bool
) -> None:
    """Containers often mount the memory so; tests write programs into their folders."""
    monkeypatch.setattr("os.statvfs", lambda _: os.statvfs_result((4096, 4096, 9, 9, 9, 9, 9, 9, flags, 255)))
    assert has_room(tmp_path, room_bytes=0) is is_taken


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    """Folders of runs that go on stay, so do folders of others."""
    here, elsewhere, killed = (f"{PREFIX}{number}" for number in (os.getpid(), 999999998, 999999999))
    for name in (here, elsewhere, killed, "other"):
        (tmp_path / name / "data").mkdir(parents=True)
    with held(tmp_path / elsewhere):  # by a process of another container, whose number means nothing here
        sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {here, elsewhere, "other"}
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {here, "other"}

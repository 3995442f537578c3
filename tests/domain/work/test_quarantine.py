"""Quarantine as a table: every pair of it, and what holds whatever happens in whatever order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.ids import JobId
from thesetd.domain.work.quarantine import ALONE_S, TABLE, Quarantine, QuarantineAct, QuarantineEvent, QuarantineState

AGAIN_S = 60.0
SUSPECT = JobId(1)
LOOKS = ("none", "due", "started", "rumour, none")  # what comes of a look
WAITS = (0.5, ALONE_S / 2, ALONE_S, AGAIN_S)  # seconds go by
HAPPENINGS = st.lists(st.sampled_from(["rumour", "cleared", "other", *LOOKS, *WAITS]), min_size=10, max_size=60)


def quarantine(state: QuarantineState, until: float = 100.0) -> Quarantine:
    """Return a node's quarantine in a state that lasts."""
    return Quarantine(ask_again_s=AGAIN_S, state=state, until=until, suspect=SUSPECT)


def look(machine: Quarantine, now: float, outcome: str) -> QuarantineAct:
    """Do what the importer does, with this answer of the store."""
    act = machine.act(now)
    if act is QuarantineAct.ASK:
        machine.asked(now)
        if outcome == "rumour, none":
            machine.rumour()
        if outcome in {"due", "started"}:
            machine.due()
        if outcome == "started":
            machine.started(SUSPECT, now)
    return act


@pytest.mark.parametrize(("state", "event"), [(state, event) for state in QuarantineState for event in QuarantineEvent])
def test_every_pair_of_the_table(state: QuarantineState, event: QuarantineEvent) -> None:
    """Each event in each state leads where the table says; what is not in it is refused."""
    machine = quarantine(state)
    calls = {
        QuarantineEvent.RUMOUR: machine.rumour,
        QuarantineEvent.TIME: lambda: machine.act(100.0),
        QuarantineEvent.ASKED: lambda: machine.asked(0.0),
        QuarantineEvent.DUE: machine.due,
        QuarantineEvent.STARTED: lambda: machine.started(SUSPECT, 0.0),
        QuarantineEvent.CLEARED: lambda: machine.cleared(SUSPECT),
    }
    if (state, event) == (QuarantineState.UNSURE, QuarantineEvent.TIME):
        assert machine.act(100.0) is QuarantineAct.ASK  # an unsure node has no bound
    elif (state, event) in TABLE:
        calls[event]()
        assert machine.state is TABLE[state, event]
    else:
        with pytest.raises(KeyError):
            calls[event]()


@given(HAPPENINGS)
def test_nothing_is_claimed_beside_a_suspect_until_it_shows_what_it_does(happenings: list[str | float]) -> None:
    """From its start to its first commit, its end, or ALONE_S later, the importer claims nothing, whatever it hears."""
    machine, now, alone_until = Quarantine(ask_again_s=AGAIN_S), 0.0, 0.0
    for happening in happenings:
        match happening:
            case float():
                now += happening
            case "rumour":
                machine.rumour()
            case "cleared":
                machine.cleared(SUSPECT)
                alone_until = now
            case "other":
                assert not machine.cleared(JobId(2))
            case outcome:
                act = look(machine, now, outcome)
                assert (act is QuarantineAct.WAIT) == (now < alone_until)
                if act is QuarantineAct.ASK and outcome == "started":
                    alone_until = now + ALONE_S


@given(HAPPENINGS)
def test_a_rumour_is_answered_by_a_question(happenings: list[str | float]) -> None:
    """After a rumour nothing is claimed before the store was asked, also if it came during a question."""
    machine, now, heard = Quarantine(ask_again_s=AGAIN_S), 0.0, True
    for happening in happenings:
        match happening:
            case float():
                now += happening
            case "rumour":
                machine.rumour()
                heard = True
            case "cleared" | "other":
                machine.cleared(SUSPECT if happening == "cleared" else JobId(2))
            case outcome:
                act = look(machine, now, outcome)
                assert not (heard and act is QuarantineAct.CLAIM)
                heard = outcome == "rumour, none" if act is QuarantineAct.ASK else heard


@given(HAPPENINGS)
def test_a_quiet_store_is_asked_again_after_a_while_and_not_before(happenings: list[str | float]) -> None:
    """Without any event a node asks every `ask_again_s`: one question for each, however often the importer looks."""
    machine, now, asked_at = Quarantine(ask_again_s=AGAIN_S), 0.0, -AGAIN_S
    for happening in happenings:
        if isinstance(happening, float):
            now += happening
        act = look(machine, now, "none")
        assert (act is QuarantineAct.ASK) == (now >= asked_at + AGAIN_S)
        asked_at = now if act is QuarantineAct.ASK else asked_at

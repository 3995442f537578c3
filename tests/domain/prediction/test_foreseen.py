"""What is remembered of the last predictions."""

from uuid import UUID

from thesetd.domain.prediction.foreseen import Foreseen, LastPredictions, MadePredictions


def test_the_oldest_are_forgotten() -> None:
    """Memory has a bound: what was made or confirmed last stays."""
    one, two, three = (UUID(int=number) for number in (1, 2, 3))
    made = MadePredictions(Foreseen("digest", "stored", 2), songs=10)
    last = LastPredictions(most=2)
    for artist in (one, two, one, three):
        last.keep(artist, made)
    assert [last.of(artist) for artist in (one, two, three)] == [made, None, made]

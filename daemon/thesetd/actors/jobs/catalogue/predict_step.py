"""Predicts the setlists of an artist's coming shows, the last step of every job that may change them.

They are stored with the end of the job.
"""

from collections.abc import Collection, Generator
from contextlib import suppress
from functools import partial

import attrs
import trio

from thesetd.actors.jobs.work import MATCHED, JobRun
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import PredictedSetlist, PredictedSong, Rows, Show
from thesetd.domain.prediction.foreseen import Foreseen, MadePredictions
from thesetd.domain.prediction.offers import offers_of
from thesetd.domain.prediction.prediction import Coming, Prediction, Predictor
from thesetd.domain.setlists.kinds import BillSlot, slot_of
from thesetd.domain.work.progress import Stage


async def predict_step(work: JobRun) -> None:
    """Predict the setlists of the artist's coming shows from what is stored, if that changed since the last time."""
    artist, now = work.known(), work.tools.clock.now()
    made, known = work.tools.predictions.of(artist.id), await work.tools.reading.forecasts.foreseen(artist.id, now=now)
    if made is not None and made.foreseen == known:
        _close(work, made.songs, known.setlists)
        return
    if not work.checkpoint.get(MATCHED):
        await work.commit(Rows(rematch=(artist.id,)), stage=Stage.SYNCING_CATALOG)
        known = await work.tools.reading.forecasts.foreseen(artist.id, now=now)
    stored = await work.tools.reading.repertoires.repertoire(artist.id, now=now)
    if not stored.songs:  # from an earlier version, or there are none
        await work.commit(Rows(regroup=(artist.id,)), stage=Stage.SYNCING_CATALOG)
        stored = await work.tools.reading.repertoires.repertoire(artist.id, now=now)
    offers = offers_of(stored.songs)
    forecast = Predictor(offers, stored.setlists, ruled=stored.ruled)
    predicted: list[PredictedSetlist] = []
    ref = Ref(work.key().space, work.key().provider_id)
    for show in stored.coming:
        coming = Coming(day=show.local_date or now.date(), tour=show.tour or "", slot=_slot(show, stored.supporting))
        if (prediction := await _in_turns(forecast.predicting(coming))).candidates:
            predicted.append(_predicted(show, prediction, ref))
    _close(work, len(offers), len(predicted))
    work.closing.rows = attrs.evolve(work.closing.rows, predicted=tuple(predicted))
    work.closing.then = partial(_keep, work, known, len(predicted), len(offers))


def _close(work: JobRun, songs: int, setlists: int) -> None:
    work.closing.counts = {"studio_songs": songs, "setlists": setlists}


async def _keep(work: JobRun, known: Foreseen, setlists: int, songs: int) -> None:
    """Remember what the stored predictions were made of."""
    artist, now = work.known().id, work.tools.clock.now()
    with suppress(StoreUnavailable):  # they are made again later
        found = await work.tools.reading.forecasts.foreseen(artist, now=now)
        made = MadePredictions(Foreseen(known.inputs, found.stored, setlists), songs)
        work.tools.predictions.keep(artist, made)


async def _in_turns(prediction: Generator[None, None, Prediction]) -> Prediction:
    """Finish a prediction, whose parts together take tenths of a second, yielding to other tasks in between."""
    while True:
        await trio.lowlevel.checkpoint()
        try:
            next(prediction)
        except StopIteration as end:
            found: Prediction = end.value
            return found


def _slot(show: Show, supporting: Collection[tuple[ProviderName, str]]) -> BillSlot:
    return BillSlot.SUPPORT if (show.provider, show.provider_id) in supporting else slot_of("", venue=show.name)


def _predicted(show: Show, prediction: Prediction, artist: Ref) -> PredictedSetlist:
    return PredictedSetlist(
        show_provider=show.provider,
        show_provider_id=show.provider_id,
        artist=artist,
        expected_songs=min(prediction.length, len(prediction.candidates)),
        concerts=prediction.concerts,
        songs=tuple(
            PredictedSong(
                position=one.position,
                song_key=one.key,
                title=one.title,
                probability=one.probability,
                encore=one.encore,
                reason=one.reason,
            )
            for one in prediction.candidates
        ),
    )

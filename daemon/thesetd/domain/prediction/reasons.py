"""Words the reason why a song is predicted, for the users who vote."""

from thesetd.domain.prediction.offers import Offer
from thesetd.domain.prediction.places import Habit

USUALLY = 0.5
EARLY, LATE = 0.25, 0.75


def reason_for(habit: Habit | None, offer: Offer | None, concerts: int) -> str:
    """Return the reason for one candidate, for example "played at 14 of the last 15 shows, usually last"."""
    if habit is not None:
        return ", ".join(filter(None, (_times(habit), _pause(habit), _place(habit))))
    if offer is None:
        return "not played before"
    lead = "not played yet" if concerts else "no concert known"
    return f"{lead}, {_fame(offer)}"


def _times(habit: Habit) -> str:
    if habit.shows == 1:
        return "played at the last show" if habit.times else "played before"
    if not habit.times:
        return f"not played at the last {habit.shows} shows, but before"
    if habit.times == habit.shows:
        return f"played at each of the last {habit.shows} shows"
    return f"played at {habit.times} of the last {habit.shows} shows"


def _pause(habit: Habit) -> str:
    """Return when an occasionally played song was last played, in words."""
    if not 0 < habit.times < habit.shows:
        return ""
    return "also at the last one" if habit.ago == 1 else f"last {habit.ago} shows ago"


def _place(habit: Habit) -> str:
    if habit.first > USUALLY:
        return "usually first"
    if habit.last > USUALLY:
        return "usually last"
    if habit.is_encore:
        return "usually in the encore"
    return "usually early" if habit.place < EARLY else "usually late" if habit.place > LATE else ""


def _fame(offer: Offer) -> str:
    if offer.top_rank is not None:
        return f"number {offer.top_rank} of the top tracks"
    if offer.popularity:
        return f"popularity {offer.popularity} of 100"
    year = f" of {offer.released_on.year}" if offer.released_on else ""
    return f'from "{offer.album_name}"{year}' if offer.album_name else "of the catalogue"

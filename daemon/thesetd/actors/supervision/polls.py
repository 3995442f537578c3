"""How often idle actors poll for what hints also announce; tests over days of virtual time poll less often."""

import attrs


@attrs.frozen(kw_only=True)
class Polls:
    """The pauses between two looks, in seconds."""

    beat_s: float = 2.0  # the jobs of a crashed node are taken over within two beats
    probe_s: float = 4.0  # of a dependency that works; one that failed is probed sooner
    jobs_s: float = 30.0  # wake-ups are hints, this stands behind them
    pauses_s: float = 30.0  # hints may get lost
    changes_s: float = 30.0  # as above
    capabilities_s: float = 10.0
    credentials_s: float = 5.0


POLLS = Polls()  # as the daemon has them

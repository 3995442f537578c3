"""Sets how often idle actors poll for what hints also announce; tests over days of virtual time poll less often."""

import attrs


@attrs.frozen(kw_only=True)
class Polls:
    """The intervals between two polls, in seconds."""

    beat_s: float = 2.0  # the jobs of a crashed node are taken over within two beats
    probe_s: float = 4.0  # of a working dependency; a failed one is probed sooner
    jobs_s: float = 30.0  # a fallback for lost wake-ups
    pauses_s: float = 30.0  # hints may be lost
    changes_s: float = 30.0  # as above
    capabilities_s: float = 10.0
    credentials_s: float = 5.0


POLLS = Polls()  # the intervals of the daemon

"""Every metric of the system, declared in one place. Counters are per process."""

from collections.abc import Sequence
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_LATENCY_BUCKETS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
)  # fmt: skip

CONSUMED: Final = Counter(
    "tidegate_consumed_total", "Records read and answered, acknowledged by the broker.",
    ["topic", "partition"],
)  # fmt: skip
VERDICTS: Final = Counter(
    "tidegate_verdicts_total", "Verdicts published.", ["surface", "action", "status"]
)
ANSWERED: Final = Counter(
    "tidegate_answered_total",
    "Outputs published: kind is verdict, dead_letter or filtered; they add up to consumed.",
    ["topic", "partition", "kind"],
)
DEAD_LETTERS: Final = Counter(
    "tidegate_dead_letters_total", "Records sent to a DLQ.", ["topic", "stage", "error"]
)
UNACCOUNTED: Final = Gauge(
    "tidegate_unaccounted_records", "Consumed less verdicts, dead letters and filtered; always 0."
)
MISSING: Final = Counter(
    "tidegate_missing_total", "Items on which a detector gave no answer.", ["detector"]
)
BATCH_RECORDS: Final = Histogram(
    "tidegate_batch_records", "Records in a micro-batch.", ["topic"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
)  # fmt: skip
BATCH_SECONDS: Final = Histogram(
    "tidegate_batch_seconds", "From a micro-batch to its acknowledgement.", ["topic"],
    buckets=_LATENCY_BUCKETS,
)  # fmt: skip
LATENCY_SECONDS: Final = Histogram(
    "tidegate_event_to_verdict_seconds", "From a record's Kafka time to its verdict.", ["topic"],
    buckets=_LATENCY_BUCKETS,
)  # fmt: skip
DETECTOR_SECONDS: Final = Histogram(
    "tidegate_detector_seconds", "A detector on a micro-batch.", ["detector"],
    buckets=_LATENCY_BUCKETS,
)  # fmt: skip
DETECTOR_FAILURES: Final = Counter(
    "tidegate_detector_failures_total", "Calls in which a detector raised.", ["detector"]
)
CACHE_LOOKUPS: Final = Counter(
    "tidegate_cache_lookups_total",
    "Texts and sentences, once a batch, that a model read before (outcome hit) or not (miss).",
    ["detector", "outcome"],
)
JOINED: Final = Counter(
    "tidegate_joined_items_total",
    "Items read together with earlier ones too.",
)
RECENT: Final = Gauge(
    "tidegate_recent_texts", "Chatroom texts kept, to read consecutive ones of an actor as one."
)
ACTORS: Final = Gauge("tidegate_actors", "Actors remembered here, about.")
ACTORS_RECOVERY_SECONDS: Final = Gauge(
    "tidegate_actors_recovery_seconds", "Time that the last recovery of what is remembered took."
)
ACTORS_RECOVERED: Final = Counter(
    "tidegate_actors_recovered_total", "Changes read again to recover what is remembered."
)
ACTORS_EXPIRED: Final = Counter(
    "tidegate_actors_expired_total", "Actors forgotten since they were silent for long."
)
ACTORS_FORGOTTEN: Final = Counter(
    "tidegate_actors_forgotten_total", "Actors forgotten since somebody asked for it."
)
ACTOR_FAILURES: Final = Counter(
    "tidegate_actor_failures_total",
    "Items that could not be counted of their actor, or verdicts that could not be noted: step.",
    ["step"],
)  # fmt: skip
STRIKES: Final = Counter(
    "tidegate_strikes_total",
    "Decisions on items of actors, read from elsewhere: outcome is noted, or known already.",
    ["decider", "outcome"],
)  # fmt: skip
PUBLISH_SECONDS: Final = Histogram(
    "tidegate_publish_seconds", "Producing a batch until all acknowledgements.",
    buckets=_LATENCY_BUCKETS,
)  # fmt: skip
POLICY: Final = Gauge("tidegate_policy", "The policy in use, always 1.", ["hash", "version"])
POLICY_REFUSED: Final = Gauge(
    "tidegate_policy_refused", "1 where the policy on disk cannot be used and the one before stays."
)
SHADOW_POLICY: Final = Gauge(
    "tidegate_shadow_policy", "The policy in shadow beside, always 1.", ["hash", "version"]
)
SHADOW_POLICY_REFUSED: Final = Gauge(
    "tidegate_shadow_policy_refused",
    "1 where the policy in shadow on disk cannot be used and the one before stays.",
)
SHADOW_VERDICTS: Final = Counter(
    "tidegate_shadow_verdicts_total",
    "Verdicts by what the policy in shadow asked for: outcome is same, harder, softer, or otherwise"
    " (another queue or actor action).",
    ["outcome"],
)
SHADOW_FAILURES: Final = Counter(
    "tidegate_shadow_failures_total",
    "Verdicts without what the policy in shadow asked for: cause is error, or size.",
    ["cause"],
)
LIMITED: Final = Gauge(
    "tidegate_rule_limited",
    "1 while a rule or `detector:` asks for review alone: cause is quota or brake.",
    ["rule", "cause"],
)
LIMITS_CUT_OFF: Final = Gauge(
    "tidegate_limits_cut_off", "1 while counts of rules are not shared with other processes."
)
FETCHES: Final = Counter(
    "tidegate_fetches_total", "Media fetched: outcome is fetched, or why there is none.",
    ["outcome"],
)  # fmt: skip
FETCH_SECONDS: Final = Histogram(
    "tidegate_fetch_seconds", "Fetching one file, redirects and further attempts included.",
    buckets=_LATENCY_BUCKETS,
)  # fmt: skip
EXAMINATIONS: Final = Counter(
    "tidegate_examinations_total",
    "Files examined: outcome is examined, kept (known by its SHA-256) or why there is none.",
    ["lane", "outcome"],
)  # fmt: skip
POLYGLOTS: Final = Counter(
    "tidegate_polyglots_total", "Files fetched that are of a second format too.", ["kind", "also"]
)
EXAMINERS_ENDED: Final = Counter(
    "tidegate_examiners_ended_total", "Examining processes that a file ended.", ["cause"]
)
CAMPAIGNS_OPEN: Final = Gauge("tidegate_campaigns_open", "Campaigns that are told of and not over.")
CAMPAIGN_MEMBERS: Final = Gauge(
    "tidegate_campaign_items", "Items that are counted towards campaigns."
)
CAMPAIGN_REVISED: Final = Counter(
    "tidegate_campaign_revised_total", "Verdicts revised for a campaign.", ["surface", "action"]
)
CAMPAIGN_DELAY_SECONDS: Final = Histogram(
    "tidegate_campaign_delay_seconds", "From an item's final verdict to its campaign's.",
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0),
)  # fmt: skip
STALLED_SECONDS: Final = Gauge(
    "tidegate_stalled_seconds", "Time without progress while there is lag; 0 when moving."
)
LAG: Final = Gauge("tidegate_lag_records", "Records behind, over this worker's partitions.")


def count_lookups(detector: str, n_hits: int, n_misses: int) -> None:
    """Counts what a detector found in its cache and what not."""
    CACHE_LOOKUPS.labels(detector, "hit").inc(n_hits)
    CACHE_LOOKUPS.labels(detector, "miss").inc(n_misses)


def count_joined(runs: Sequence[object | None], n_kept: int) -> None:
    """Counts the items of a batch that end a run, and tells how many texts are kept."""
    JOINED.inc(sum(run is not None for run in runs))
    RECENT.set(n_kept)

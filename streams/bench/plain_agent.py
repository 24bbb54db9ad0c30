"""The plain Faust agent that Tidegate is measured against.

What one writes from Faust's documentation: stock transport, default JSON, one event taken and one
answer sent at a time. Its answers have a verdict's fields, so that both write as much. It judges
nothing, and has no dead letters, deterministic ids, headers or metrics.
"""

import sys
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import faust

from schemas.topics import VERDICTS
from streams.bench.chat import CHATROOM
from streams.bench.processes import REBALANCE_TIMEOUT_S, SESSION_TIMEOUT_S


def build(broker: str, group: str, datadir: str) -> faust.App:
    """Gives the app; its settings differ from Faust's defaults only in how it joins its group."""
    app = faust.App(
        group,
        broker=f"kafka://{broker}",
        autodiscover=False,
        web_enabled=False,
        datadir=datadir,
        topic_disable_leader=True,
        topic_allow_declare=False,
        broker_session_timeout=SESSION_TIMEOUT_S,
        broker_heartbeat_interval=SESSION_TIMEOUT_S / 5,
        broker_rebalance_timeout=REBALANCE_TIMEOUT_S,
        consumer_auto_offset_reset="earliest",
    )
    messages = app.topic(CHATROOM.name, value_serializer="json")
    verdicts = app.topic(VERDICTS.name, value_serializer="json")

    async def moderate(stream: Any) -> None:  # noqa: ANN401 - Faust is untyped
        async for message in stream:
            await verdicts.send(key=message["message_id"], value=_answer(message))

    app.agent(messages)(moderate)
    return app


def _answer(message: dict[str, Any]) -> dict[str, object]:
    return {
        "verdict_id": str(uuid4()),
        "item_id": message["message_id"],
        "surface": "chatroom",
        "actor_id": message["actor_id"],
        "item_revision": message.get("revision", 1),
        "revision": 1,
        "stage": "fast",
        "status": "final",
        "action": "allow",
        "actor_action": {"kind": "none", "duration_s": None},
        "queue": None,
        "reasons": [],
        "signals": [],
        "missing": [],
        "stages": [{"name": "text.null@1", "ms": 0.001}],
        "mode": "enforce",
        "policy_hash": "0123456789abcdef",
        "detectors": ["text.null@1"],
        "occurred_at": message["created_at"],
        "decided_at": datetime.now(UTC).isoformat(),
        "trace_id": uuid4().hex,
    }


if __name__ == "__main__":
    broker_address, group_id, folder = sys.argv[1:]
    app = build(broker_address, group_id, folder)
    faust.Worker(app, quiet=True, loglevel="WARNING").execute_from_commandline()

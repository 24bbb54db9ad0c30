"""What the demo shows, through all lanes with everything that ships, on each broker."""

from collections.abc import Mapping

import msgspec

from schemas.topics import PRODUCT_TOPICS, Topic
from schemas.verdicts import Verdict
from streams.demo.media import FOLDER, DemoFile, load
from streams.demo.run import prepared
from streams.record import Outgoing
from streams.settings import Settings
from tests.integration.load import Sample, send
from tests.integration.system import System
from tests.integration.test_media import await_final

CHATROOM, SQUARE, MEMERUSH, AI = PRODUCT_TOPICS
CREATED = "2026-11-29T12:00:00Z"
HARD = {"hold", "remove"}

CHOSEN = (
    "poster-giveaway-en.webp",
    "poster-seed-zh.webp",
    "poster-double-ru.webp",
    "code-airdrop-en.png",
    "voice-double-en.ogg",
    "clip-speech-en.mp4",
    "clip-frames-en.mp4",
    "token-eth-frame.png",
    "token-doge-mirror.png",
    "meme-cat-en.webp",
    "photo-hills.jpg",
    "token-otter.png",
    "voice-market-en.ogg",
    "clip-chart-en.webm",
)
LOOKALIKES = {
    "token-eth-frame.png": "Ethereum (ETH)",
    "token-doge-mirror.png": "Dogecoin (DOGE)",
}
"""Launches whose logos are like protected ones; `token-otter.png` is like none."""
STREAM = (
    "Storage keys are small files that open a wallet. ",
    "Never give them to anybody, and write the words on paper. ",
    "To verify your wallet now, send me your 12 word recovery phrase ",
    "and I will unlock it. ",
    "Then have a nice day and enjoy the market.",
)
STOPPED_AT = 2
"""The chunk that asks for the phrase."""


def event(topic: Topic, item_id: str, **fields: object) -> Sample:
    named: Mapping[str, dict[str, object]] = {
        CHATROOM.name: {"message_id": item_id, "room_id": "lobby", "text": "listen to this"},
        SQUARE.name: {"post_id": item_id, "text": "look at this"},
        MEMERUSH.name: {
            "launch_id": item_id,
            "chain": "solana",
            "contract_address": "0x" + "1" * 48,
            "creator_address": "0x" + "2" * 48,
            "token_name": "Evening Walk",
            "symbol": "WALK",
        },
        AI.name: {"generation_id": item_id, "conversation_id": "c", "model": "tern-2"},
    }
    # Who posts all of this would be held for repeating the same text.
    actor = "actor" if topic is AI else f"by {item_id}"
    value = {"actor_id": actor, "created_at": CREATED, **named[topic.name], **fields}
    return Sample(
        Outgoing(topic=topic.name, key=actor.encode(), value=msgspec.json.encode(value)), "verdict"
    )


def shown(file: DemoFile) -> Sample:
    media = msgspec.to_builtins(file.media())
    if file.modality == "audio":
        return event(CHATROOM, file.file, attachments=[media])
    if file.surface == "memerush":
        return event(MEMERUSH, file.file, logo=media)
    return event(SQUARE, file.file, media=[media])


def chunks() -> list[Sample]:
    return [
        event(
            AI,
            "stream",
            response=text,
            chunk={"sequence": number, "is_last": number == len(STREAM) - 1},
        )
        for number, text in enumerate(STREAM)
    ]


def strongest(verdict: Verdict) -> Mapping[str, str]:
    """Evidence of the highest signal on the medium that is of a label in the reasons."""
    labels = {reason.label for reason in verdict.reasons}
    found = [
        one for one in verdict.signals if one.label in labels and one.part not in {"text", "name"}
    ]
    return max(found, key=lambda one: one.score).evidence or {}


def test_all_products_media(system: System) -> None:
    files = {one.file: one for one in load() if one.file in CHOSEN}
    assert set(files) == set(CHOSEN)
    given = {
        "detectors": Settings().detectors,
        "lanes": Settings().lanes,
        "media_root": FOLDER,
        "links": prepared(Settings(), system.folder).links,
        # Two lanes load their models at once on whatever machine this is.
        "media_deadline_s": 600,
        "image_timeout_s": 60,
        "av_timeout_s": 240,
    }
    system.archiver()
    system.workers(1, **given)
    system.lane("image", **given)
    system.lane("av", **given)
    send(system.broker.bootstrap, [*map(shown, files.values()), *chunks()])
    names = [*files, *(f"stream#{number}" for number in range(len(STREAM)))]

    found = await_final(system, names)

    final = {name: found[name][-1] for name in names}
    for name, file in files.items():
        first, last = found[name]
        assert (first.status, first.revision) == ("partial", 1), name
        assert first.pending == (f"{file.modality}.*",), name
        assert (last.status, last.stage) == (
            "final",
            "image" if file.modality == "image" else "av",
        ), name
        assert last.missing == (), (name, last.unanswered)
    wrong = {
        name: (final[name].action, [reason.rule for reason in final[name].reasons])
        for name, file in files.items()
        if (final[name].action in HARD) != bool(file.labels)
    }
    assert wrong == {}
    poster = strongest(final["poster-giveaway-en.webp"])
    assert poster["by"] == "image.ocr@1"
    assert len(poster["box"].split(",")) == 4
    assert "ETH" in poster["text"]
    for name, brand in LOOKALIKES.items():
        (reason,) = final[name].reasons
        assert (reason.code, reason.rule) == ("impersonation", "impersonation-hold-logos"), name
        assert (final[name].action, final[name].queue) == ("hold", "fraud")
        (copied,) = [one for one in final[name].signals if one.detector == "image.brand@1"]
        assert copied.part == "logo[0]"
        assert (copied.evidence or {})["brand"] == brand
    code = [one for one in final["code-airdrop-en.png"].signals if one.score >= 0.99]
    assert {(one.evidence or {})["by"] for one in code if one.label == "phishing"} == {"image.qr@1"}
    assert strongest(final["voice-double-en.ogg"])["by"] == "audio.asr@1"
    for name in ("clip-speech-en.mp4", "clip-frames-en.mp4"):
        assert any(one.time_range is not None and one.score > 0.6 for one in final[name].signals), (
            name
        )
    stopped = [final[f"stream#{number}"].action in HARD for number in range(len(STREAM))]
    assert stopped.index(True) == STOPPED_AT
    assert not any(stopped[:STOPPED_AT])

"""Items with media: partial, then final, through the lanes, on each broker."""

import io
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import segno
from PIL import Image

from detectors.text.links import store
from schemas.topics import MEDIA_AV, MEDIA_IMAGE, PRODUCT_TOPICS, VERDICTS
from schemas.verdicts import Verdict
from streams.record import Outgoing
from tests.detectors.video import films
from tests.integration.account import DECODER, read_all
from tests.integration.fixtures import Note
from tests.integration.load import Sample, send
from tests.integration.processes import wait_for
from tests.integration.system import System

SQUARE = PRODUCT_TOPICS[1]
BLOCKED = "airdrop-desk.example"


def post(number: int, *media: tuple[str, str], actor: str = "actor") -> Sample:
    """Gives a post with media: addresses and modalities."""
    value = msgspec.json.encode(
        {
            "post_id": f"p-{number}",
            "actor_id": actor,
            "created_at": f"2026-11-29T12:{number // 60 % 60:02}:{number % 60:02}Z",
            "text": "look at this",
            "media": [{"uri": uri, "modality": modality} for uri, modality in media],
        }
    )
    return Sample(Outgoing(topic=SQUARE.name, key=actor.encode(), value=value))


def revisions(system: System) -> dict[str, list[Verdict]]:
    """Gives every item's verdicts in the order in which they were published."""
    found: dict[str, list[Verdict]] = defaultdict(list)
    for record in read_all(system.broker.bootstrap, [VERDICTS.name]):
        verdict = DECODER.decode(record.value or b"")
        found[verdict.item_id].append(verdict)
    return found


def await_final(system: System, item_ids: Sequence[str]) -> dict[str, list[Verdict]]:
    """Waits until every item has its final verdict, and the audit finds no gap."""

    def are_final() -> bool:
        found = revisions(system)
        return all(
            any(verdict.status == "final" for verdict in found[item_id]) for item_id in item_ids
        )

    wait_for(are_final, "all items have a final verdict")
    asked = system.command("audit", "loss", settings={"lanes": "image,av"})
    assert asked.code == 0, asked.out + asked.err.encode()
    return revisions(system)


def root(system: System) -> Path:
    """A folder of files that lanes may read, with a code to a blocked site among them."""
    folder = system.folder / "media"
    folder.mkdir(exist_ok=True)
    segno.make(f"https://{BLOCKED}/claim?wallet=private").save(str(folder / "code.png"), scale=6)
    for number in range(40):
        kept = io.BytesIO()
        Image.new("RGB", (200 + number, 160), "white").save(kept, "PNG")
        (folder / f"plain-{number}.png").write_bytes(kept.getvalue())
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(80))
    (folder / "links.store").write_bytes(store.pack({BLOCKED: store.Kind.DENY}))
    return folder


def settings(folder: Path) -> dict[str, object]:
    return {
        "media_root": folder,
        "links": folder / "links.store",
        "detectors": "text.canary,text.links,text.entities",
        "image_detectors": "image.hash,image.qr",
        "lanes": "image",
    }


def test_a_picture_hardens_or_clears_a_verdict(system: System) -> None:
    folder = root(system)
    given = settings(folder)
    system.archiver()
    system.workers(1, **given)
    system.lane("image", **given)
    sent = [
        post(0, (f"file://{folder}/code.png", "image")),
        post(1, (f"file://{folder}/plain-1.png", "image")),
        post(2, (f"file://{folder}/broken.png", "image")),
        post(3, ("https://169.254.169.254/latest/meta-data", "image")),
    ]
    send(system.broker.bootstrap, sent)

    found = await_final(system, [f"p-{number}" for number in range(4)])

    for number in range(4):
        first, second = found[f"p-{number}"]
        assert (first.revision, first.status, first.pending) == (1, "partial", ("image.*",))
        assert (second.revision, second.status, second.pending) == (2, "final", ())
        assert first.action == "limit"
    actions = {item: verdicts[-1].action for item, verdicts in found.items()}
    assert actions == {"p-0": "remove", "p-1": "allow", "p-2": "limit", "p-3": "limit"}
    (signal,) = (one for one in found["p-0"][-1].signals if one.label == "phishing")
    evidence = signal.evidence or {}
    assert evidence["by"] == "image.qr@1"
    assert evidence["host"] == BLOCKED
    assert "box" in evidence
    assert "private" not in msgspec.json.encode(found["p-0"]).decode()
    causes = {item: verdicts[-1].unanswered for item, verdicts in found.items()}
    assert [one.cause for one in causes["p-3"]] == ["address_refused"]
    assert causes["p-2"][0].cause.startswith("zero_size")
    wait_for(lambda: len(archived(system)) == 8, "the archive has every revision")
    rows = system.select("SELECT item_id, status, action FROM verdicts_current ORDER BY item_id")
    assert rows == [[f"p-{n}", "final", actions[f"p-{n}"]] for n in range(4)]


def archived(system: System) -> list[list[object]]:
    return system.select("SELECT verdict_id, status FROM verdicts FINAL")


def test_lanes_that_are_killed_lose_nothing(system: System, note: Note) -> None:
    folder = root(system)
    for number in range(10):
        clip = films.film(n=10 + number)
        (folder / f"clip-{number}.mp4").write_bytes(clip)
    given = {
        **settings(folder),
        "lanes": "image,av",
        "av_detectors": "image.hash",
        "media_cache": 0,
        "media_deadline_s": 600,
    }
    n_posts = 200
    sent = []
    for number in range(n_posts):
        media = [(f"file://{folder}/plain-{number % 40}.png", "image")]
        if number % 4 == 0:
            media.append((f"file://{folder}/clip-{number // 4 % 10}.mp4", "video"))
        sent.append(post(number, *media, actor=f"a-{number}"))
    system.workers(1, **given)
    lanes = {name: system.lane(name, **given) for name in ("image", "av")}
    send(system.broker.bootstrap, sent)
    for name, lane in lanes.items():
        wait_for(partial(is_at_work, system, name), f"the {name} lane is at work")
        lane.kill()
        system.lane(name, **given)

    found = await_final(system, [f"p-{number}" for number in range(n_posts)])
    for item_id, verdicts in found.items():
        ids = {verdict.revision: verdict.verdict_id for verdict in verdicts}
        assert all(ids[verdict.revision] == verdict.verdict_id for verdict in verdicts)
        is_mixed = int(item_id.removeprefix("p-")) % 4 == 0
        # What is delivered again is the same again: the first of each revision are in order.
        assert list(dict.fromkeys(one.revision for one in verdicts)) == [1, 2, 3][: 2 + is_mixed]
        last = max(verdicts, key=lambda one: one.revision)
        assert (last.status, last.missing, last.pending) == ("final", (), ())
        assert (last.action, [one.rule for one in last.reasons]) == ("allow", [])
    for topic in (MEDIA_IMAGE, MEDIA_AV):
        wanted = n_posts if topic is MEDIA_IMAGE else n_posts // 4
        assert len(read_all(system.broker.bootstrap, [topic.name])) >= wanted
    n_published = sum(map(len, found.values()))
    note(None, posts=n_posts, verdicts=n_published, repeated=n_published - n_posts * 9 // 4)


def is_at_work(system: System, stage: str) -> bool:
    return n_of_stage(system, stage) > 8


def n_of_stage(system: System, stage: str) -> int:
    return sum(
        verdict.stage == stage for verdicts in revisions(system).values() for verdict in verdicts
    )

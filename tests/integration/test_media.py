"""Items with media: partial, then final, through the lanes, on each broker."""

import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec
import segno
from PIL import Image

from detectors.text.links import store
from schemas.topics import MEDIA_IMAGE, PRODUCT_TOPICS, VERDICTS
from schemas.verdicts import Verdict
from streams.record import Outgoing
from tests.integration.account import DECODER, read_all
from tests.integration.fixtures import Note
from tests.integration.load import Sample, send
from tests.integration.processes import wait_for
from tests.integration.system import System

SQUARE = PRODUCT_TOPICS[1]
BLOCKED = "airdrop-desk.example"


def post(number: int, uri: str, modality: str = "image", actor: str = "actor") -> Sample:
    value = msgspec.json.encode(
        {
            "post_id": f"p-{number}",
            "actor_id": actor,
            "created_at": f"2026-11-29T12:{number // 60 % 60:02}:{number % 60:02}Z",
            "text": "look at this",
            "media": [{"uri": uri, "modality": modality}],
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
        post(0, f"file://{folder}/code.png"),
        post(1, f"file://{folder}/plain-1.png"),
        post(2, f"file://{folder}/broken.png"),
        post(3, "https://169.254.169.254/latest/meta-data"),
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


def test_a_lane_that_is_killed_loses_nothing(system: System, note: Note) -> None:
    folder = root(system)
    given = settings(folder)
    n_posts = 240
    sent = [
        post(number, f"file://{folder}/plain-{number % 40}.png", actor=f"a-{number % 17}")
        for number in range(n_posts)
    ]
    system.workers(1, **given)
    lane = system.lane("image", media_cache=0, **given)
    send(system.broker.bootstrap, sent)
    wait_for(lambda: n_of_stage(system, "image") > 20, "the lane is at work")

    lane.kill()
    system.lane("image", **given)

    found = await_final(system, [f"p-{number}" for number in range(n_posts)])
    for verdicts in found.values():
        ids = {verdict.revision: verdict.verdict_id for verdict in verdicts}
        assert all(ids[verdict.revision] == verdict.verdict_id for verdict in verdicts)
        assert verdicts[0].revision == 1
        assert {verdict.action for verdict in verdicts if verdict.revision == 2} == {"allow"}
    tasks = read_all(system.broker.bootstrap, [MEDIA_IMAGE.name])
    assert len(tasks) >= n_posts


def n_of_stage(system: System, stage: str) -> int:
    return sum(
        verdict.stage == stage for verdicts in revisions(system).values() for verdict in verdicts
    )

import msgspec
import pytest

from schemas.content import Item
from schemas.topics import PRODUCT_TOPICS, Topic
from schemas.verdicts import Verdict
from streams.decode import decode
from streams.normalise import language, normalise
from streams.pipeline import judge

from .samples import AI, CHATROOM, MEMERUSH, NOW, SQUARE, event, example_values, pipeline, record


def item_of(topic: Topic, **fields: object) -> Item:
    value = event(topic, **fields)
    return normalise(decode(record(value, topic), topic, max_bytes=1 << 20))


def texts(item: Item) -> dict[str, str]:
    return {part.name: part.text for part in item.texts}


def media(item: Item) -> list[tuple[str, str]]:
    return [(part.name, part.modality) for part in item.media]


@pytest.mark.parametrize(
    ("topic", "item_id", "surface", "origin"),
    [
        (CHATROOM, "m-1", "chatroom", "human"),
        (SQUARE, "p-1", "square", "human"),
        (MEMERUSH, "l-1", "memerush", "human"),
        (AI, "g-1", "ai", "ai"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_identity_of_each_product(topic: Topic, item_id: str, surface: str, origin: str) -> None:
    item = item_of(topic, revision=4, created_at="2026-11-22T12:00:00Z")
    assert (item.item_id, item.surface, item.origin) == (item_id, surface, origin)
    assert (item.actor_id, item.revision, item.created_at) == ("a-1", 4, NOW)


def test_chatroom() -> None:
    item = item_of(
        CHATROOM,
        text="gm",
        locale="pt-BR",
        reply_to="m-0",
        attachments=[{"uri": "u", "modality": "audio"}, {"uri": "v"}],
    )
    assert texts(item) == {"text": "gm"}
    assert item.texts[0].lang == "pt"
    assert media(item) == [("attachments[0]", "audio"), ("attachments[1]", "image")]
    assert item.context == {"room_id": "r-1", "reply_to": "m-0", "locale": "pt-BR"}


def test_square() -> None:
    item = item_of(
        SQUARE,
        title="On fees",
        text="lower",
        cashtags=["$AAA", "$BBB"],
        links=["https://example.org/a", "https://example.org/b"],
        media=[{"uri": "u", "modality": "video"}],
        repost_of="p-0",
    )
    assert texts(item) == {
        "title": "On fees",
        "text": "lower",
        "cashtags": "$AAA $BBB",
        "links": "https://example.org/a https://example.org/b",
    }
    assert media(item) == [("media[0]", "video")]
    assert item.context == {"repost_of": "p-0"}


def test_memerush() -> None:
    item = item_of(
        MEMERUSH,
        description="naps",
        links=["https://example.org"],
        logo={"uri": "u", "sha256": "0" * 64},
        facts={"has_mint_authority": False, "lp_locked_percent": 0, "n_holders": 12},
    )
    assert texts(item) == {
        "name": "Sleepy Otter (OTTR)",
        "description": "naps",
        "links": "https://example.org",
    }
    assert item.media[0].sha256 == "0" * 64
    assert item.context == {
        "chain": "solana",
        "contract_address": "c-1",
        "creator_address": "w-1",
        "has_mint_authority": False,
        "lp_locked_percent": 0.0,
        "n_holders": 12,
    }


@pytest.mark.parametrize(
    ("token_name", "symbol", "expected"),
    [
        ("Puffin Coin", "PUFN", {"name": "Puffin Coin (PUFN)"}),
        (" Puffin\n", "\tPUFN ", {"name": "Puffin (PUFN)"}),
        (" ", "PUFN", {"name": "PUFN"}),
        ("Puffin", "", {"name": "Puffin"}),
        ("", "\u3000", {}),
    ],
)
def test_a_launch_s_name_and_symbol_are_one_part(
    token_name: str, symbol: str, expected: dict[str, str]
) -> None:
    assert texts(item_of(MEMERUSH, token_name=token_name, symbol=symbol)) == expected


def test_ai() -> None:
    item = item_of(AI, prompt="why?", retrieved=["one", " ", "three"], response="because")
    assert texts(item) == {
        "prompt": "why?",
        "retrieved[0]": "one",
        "retrieved[2]": "three",
        "response": "because",
    }
    assert item.context == {"conversation_id": "v-1", "generation_id": "g-1", "model": "helper-1"}


def test_each_chunk_is_an_item_of_its_own() -> None:
    first = item_of(AI, response="be", chunk={"sequence": 0})
    last = item_of(AI, response="cause", chunk={"sequence": 1, "is_last": True})
    assert (first.item_id, last.item_id) == ("g-1#0", "g-1#1")
    assert last.context["sequence"] == 1
    assert last.context["is_last"] is True


def test_verdict_on_a_chunk_of_the_longest_id_can_be_read_back() -> None:
    value = event(AI, generation_id="g" * 200, chunk={"sequence": 2**63 - 1})
    (answer,) = judge([record(value, AI)], pipeline())
    assert answer.kind == "verdict"
    read = msgspec.json.decode(answer.outgoing.value or b"", type=Verdict)
    assert read.item_id == "g" * 200 + "#9223372036854775807"


@pytest.mark.parametrize("topic", PRODUCT_TOPICS, ids=lambda topic: topic.name)
def test_blank_texts_make_no_part(topic: Topic) -> None:
    blanks = {"text": " \n", "title": "", "description": "\t", "prompt": "", "response": "\u3000"}
    names = set(texts(item_of(topic, **blanks)))
    assert names == ({"name"} if topic is MEMERUSH else set())


@pytest.mark.parametrize(
    ("locale", "expected"),
    [(None, None), ("en", "en"), ("pt-BR", "pt"), ("zh_Hant_TW", "zh"), ("FR", "fr")],
)
def test_language(locale: str | None, expected: str | None) -> None:
    assert language(locale) == expected


def test_part_names_are_unique_in_every_example() -> None:
    for topic, path in example_values():
        item = normalise(decode(record(path.read_bytes(), topic), topic, max_bytes=1 << 20))
        names = [*(part.name for part in item.texts), *(part.name for part in item.media)]
        assert names
        assert len(names) == len(set(names))

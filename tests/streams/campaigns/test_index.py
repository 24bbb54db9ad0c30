"""Pairs are made only where they may meet: nothing is found otherwise than with all of them."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from schemas.campaigns import Campaign
from schemas.content import Item, TextPart
from streams.campaigns.index import NONE, Index
from streams.campaigns.keys import keys_of, pairs, word_hash, words_of_pair
from streams.campaigns.membership import belonging
from streams.fingerprints import fingerprints_of, words
from tests.streams.samples import NOW, item

WORDS: Final = (
    "otter", "harbour", "lantern", "claims", "wallet", "marble", "ladder", "violet", "saddle",
    "thunder", "the", "of", "free",
)  # fmt: skip
TEXTS: Final = st.lists(st.sampled_from(WORDS), min_size=3, max_size=12).map(" ".join)


def posted(text: str) -> Item:
    return item(texts=(TextPart(name="text", text=text),))


def campaign(number: int, *texts: str) -> Campaign:
    found = [key for text in texts for key in keys_of(fingerprints_of(posted(text)))]
    return Campaign(
        campaign_id=f"c-{number}",
        n_actors=5 + number,
        n_items=9 + number,
        n_violating=9,
        violating_share=0.9,
        surfaces=("chatroom",),
        fingerprints=tuple(dict.fromkeys(found)),
        first_seen=NOW,
        last_seen=NOW,
        opened_at=NOW,
        changed_at=NOW,
    )


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=3), max_size=3), TEXTS)
def test_an_item_belongs_where_all_its_fingerprints_say(known: list[list[str]], text: str) -> None:
    index = Index()
    for number, texts in enumerate(known):
        index.put(f"c-{number}", campaign(number, *texts))
    one = posted(text)
    found = belonging(one, index)
    keys = keys_of(fingerprints_of(one))
    assert found.campaign == index.find(keys, NOW)
    assert found.keys == keys


def test_words_of_campaigns_that_are_over_are_forgotten() -> None:
    text = "otter harbour lantern marble ladder"
    index = Index()
    assert not index.may_share_pair(words(text))
    index.put("c-1", campaign(1, text))
    index.put("c-1", campaign(1, text, "otter violet saddle thunder wallet"))
    assert index.may_share_pair(words("marble lantern"))
    assert not index.may_share_pair(words("marble marble"))
    index.put("c-1", structs.replace(campaign(1, text), closed_at=NOW))
    assert not index.may_share_pair(words(text))
    assert belonging(posted(text), index).campaign == NONE


def test_a_pair_tells_its_words() -> None:
    different = words("otter harbour lantern marble ladder")
    hashes = set(map(word_hash, different))
    found = {one for key in pairs(different) for one in words_of_pair(key)}
    assert found <= hashes
    assert len(found) > 2

"""Counting: what meets is a campaign, each item counts once, and the same again gives the same."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.campaigns import Campaign, Fingerprinted
from schemas.features import CampaignFeatures
from schemas.signals import Signal
from streams.campaigns.counting import MOST_REVISIONS, Counter, Limits
from streams.campaigns.index import NONE, Index
from streams.campaigns.members import Said
from streams.campaigns.pictures import Pictures
from tests.streams.samples import NOW

USUAL = Limits()
LINK = "link:otterdrop.example/claim"


def member(number: int, *keys: str, **fields: object) -> Fingerprinted:
    at = NOW + timedelta(seconds=number)
    known: dict[str, object] = {
        "item_id": f"m-{number}",
        "surface": "chatroom",
        "actor_id": f"a-{number}",
        "item_revision": 1,
        "revision": 1,
        "fingerprints": keys,
        "is_violating": True,
        "occurred_at": at,
        "decided_at": at,
        "trace_id": "0" * 31 + "1",
    }
    return Fingerprinted(**(known | fields))  # type: ignore[arg-type] # fields by name


def never(_: Fingerprinted, __: CampaignFeatures, ___: Said) -> bool:
    return False


def counted(*members: Fingerprinted, limits: Limits = USUAL) -> list[Campaign]:
    counter = Counter(limits)
    latest: dict[str, Campaign] = {}
    for one in members:
        counter.take(one, never)
        latest |= {told.campaign_id: told for told in counter.changes(one.decided_at)}
    return list(latest.values())


def test_a_link_that_three_actors_post_is_a_campaign() -> None:
    assert counted(member(1, LINK), member(2, LINK)) == []
    (found,) = counted(*(member(n, LINK) for n in range(3)))
    assert (found.n_actors, found.n_items, found.violating_share) == (3, 3, 1.0)
    assert found.fingerprints == (LINK,)


def test_one_actor_is_no_campaign() -> None:
    assert counted(*(member(n, LINK, actor_id="a-1") for n in range(20))) == []


def test_one_pair_of_words_or_a_ticker_is_nobodys_campaign() -> None:
    assert counted(*(member(n, "pair:1b2c") for n in range(20))) == []
    assert counted(*(member(n, "ticker:ZORPA") for n in range(20))) == []


def test_two_pairs_are() -> None:
    (found,) = counted(*(member(n, "pair:1b2c", "pair:3d4e") for n in range(4)))
    assert found.n_actors == 4


def test_an_item_delivered_again_counts_once() -> None:
    members = [member(n, LINK) for n in range(4)]
    (found,) = counted(*members, *members)
    assert (found.n_actors, found.n_items) == (4, 4)


def test_a_later_revision_takes_the_place_of_an_item() -> None:
    first = [member(n, LINK, is_violating=False) for n in range(4)]
    (found,) = counted(*first, member(0, LINK, item_revision=2))
    assert (found.n_items, found.violating_share) == (4, 0.25)


def test_earlier_members_are_asked_of_once_the_campaign_means_more() -> None:
    counter = Counter()
    revised: list[str] = []

    def decide(one: Fingerprinted, campaign: CampaignFeatures, said: Said) -> bool:
        if campaign.n_actors < 5 or said.n:
            return False
        revised.append(one.item_id)
        return True

    for n in range(8):
        counter.take(member(n, LINK), decide)
    assert sorted(revised) == [f"m-{n}" for n in range(8)]


def test_one_who_posts_much_counts_as_one() -> None:
    loud = [member(n, LINK, actor_id="a-loud") for n in range(20)]
    others = [member(100 + n, LINK, is_violating=False) for n in range(7)]
    (found,) = counted(*loud, *others)
    assert (found.n_actors, found.n_items, found.n_violating) == (8, 27, 20)
    assert found.violating_share == 0.125


def test_who_is_in_it_is_asked_of_again_as_it_changes_and_a_few_times_only() -> None:
    counter = Counter()
    said: list[tuple[str, int, float]] = []

    def decide(one: Fingerprinted, campaign: CampaignFeatures, before: Said) -> bool:
        is_grave = campaign.violating_share >= 0.5
        if is_grave == (before.campaign.violating_share >= 0.5):
            return False
        said.append((one.item_id, before.n, campaign.violating_share))
        return True

    for n in range(4):
        counter.take(member(n, LINK), decide)
    assert [(name, n) for name, n, _ in said if name == "m-0"] == [("m-0", 0)]
    for n in range(4, 20):
        counter.take(member(n, LINK, is_violating=False), decide)
    assert [(name, n, share < 0.5) for name, n, share in said if name == "m-0"] == [
        ("m-0", 0, False),
        ("m-0", 1, True),
    ]
    asked = Counter()
    for n in range(40):
        asked.take(member(n, LINK), lambda *_: True)
    assert max(one.said.n for one in asked._members.values()) == MOST_REVISIONS


def test_a_scam_that_quotes_the_news_is_no_part_of_it() -> None:
    news = [member(n, LINK, is_violating=False) for n in range(40)]
    scams = [member(100 + n, LINK, "pair:1b2c", "pair:3d4e", "pair:5f60") for n in range(9)]
    found = counted(*news, *scams)
    assert sorted(one.violating_share for one in found) == [0.0, 1.0]


def test_a_paraphrase_that_detectors_hardly_mind_stays_with_its_address() -> None:
    scams = [member(n, LINK, "pair:1b2c", "pair:3d4e") for n in range(40)]
    own = (LINK, "pair:5f60", "pair:7182", "pair:9a9b")

    def others(*signals: Signal) -> list[Fingerprinted]:
        return [member(100 + n, *own, is_violating=False, signals=signals) for n in range(40)]

    mild = Signal(label="scam", score=0.3, detector="text.risk@4", part="text")
    (found,) = counted(*scams, *others(mild))
    assert (found.n_actors, found.violating_share) == (80, 0.5)
    # What no detector minds at all is of something else: those who warn of it, the news.
    assert len(counted(*scams, *others())) == 2


def test_a_campaign_is_over_after_silence() -> None:
    limits = Limits(window_s=100.0, quiet_s=50.0)
    found = counted(*(member(n, LINK) for n in range(5)), member(500), limits=limits)
    assert found[-1].closed_at is not None


def test_a_ticker_that_only_a_wave_has_joins_its_languages() -> None:
    ticker = "ticker:ZORPA"
    english = [member(n, ticker, "pair:1b2c", "pair:3d4e") for n in range(6)]
    turkish = [
        member(100 + n, ticker, "pair:9a9b", "pair:9c9d", is_violating=False) for n in range(6)
    ]
    found = [one for one in counted(*english, *turkish) if one.closed_at is None]
    assert [one.n_actors for one in found] == [12]


def test_what_is_restored_keeps_its_id_and_counts() -> None:
    members = [member(n, LINK) for n in range(12)]
    (told,) = counted(*members)
    counter = Counter()
    counter.restore([told])
    for one in members[6:]:
        counter.take(one, never)
    (again,) = counter.changes(NOW)
    assert (again.campaign_id, again.n_actors) == (told.campaign_id, 12)
    assert counter.overdue(NOW + timedelta(days=1)) == []


def test_what_is_restored_and_not_found_again_is_over() -> None:
    (told,) = counted(*(member(n, LINK) for n in range(12)))
    counter = Counter(Limits(quiet_s=60.0))
    counter.restore([told])
    assert counter.overdue(told.last_seen + timedelta(seconds=60)) == []
    later = told.last_seen + timedelta(seconds=61)
    (over,) = counter.overdue(later)
    assert (over.campaign_id, over.closed_at) == (told.campaign_id, later)
    assert counter.overdue(later) == []


KEYS = st.lists(
    st.sampled_from([LINK, "link:b", "pair:1", "pair:2", "pair:3", "pair:4", "ticker:Z", "text:5"]),
    max_size=5,
    unique=True,
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(KEYS, st.integers(0, 6), st.booleans()), max_size=30))
def test_counts_add_up_and_the_same_again_gives_the_same(
    drawn: list[tuple[list[str], int, bool]],
) -> None:
    limits = Limits(window_s=20.0, quiet_s=15.0, max_items=25)
    members = [
        member(n, *keys, actor_id=f"a-{actor}", is_violating=is_violating)
        for n, (keys, actor, is_violating) in enumerate(drawn)
    ]
    found = counted(*members, limits=limits)
    assert found == counted(*members, limits=limits)
    for one in found:
        assert 0 <= one.n_actors <= one.n_items
        assert 0 <= one.n_violating <= one.n_items


def test_the_index_finds_by_one_link_or_two_pairs() -> None:
    (told,) = counted(*(member(n, LINK, "pair:1", "pair:2") for n in range(5)))
    index = Index()
    index.put(told.campaign_id, told)
    found = index.find([LINK], NOW + timedelta(seconds=60))
    assert (found.id, found.n_actors, found.age_s) == (told.campaign_id, 5, 60.0)
    assert found.is_by_link
    assert not found.is_by_text
    assert index.find(["pair:1", "pair:2"], NOW).is_by_text
    assert index.find(["pair:1"], NOW) == NONE
    assert index.find([LINK], told.last_seen + timedelta(hours=2)) != NONE
    assert index.find([LINK], told.last_seen + timedelta(hours=2, seconds=1)) == NONE
    index.put(told.campaign_id, None)
    assert index.find([LINK], NOW) == NONE
    assert len(index) == 0


def test_pictures_go_by_the_first_that_they_nearly_are() -> None:
    pictures = Pictures()
    first = "picture:" + "3c5a" * 16
    near = "picture:" + "3c5b" + "3c5a" * 14 + "3c52"
    pictures.keep(first)
    assert pictures.named(near) == first
    assert pictures.named("picture:" + "c3a5" * 16) == "picture:" + "c3a5" * 16
    pictures.forget(first)
    assert pictures.named(near) == near

"""Campaigns in a running system: seen by all workers soon, earlier verdicts revised."""

from schemas.topics import CAMPAIGNS
from tests.integration.account import check_books, read_all
from tests.integration.fixtures import Note
from tests.integration.load import Load
from tests.integration.processes import wait_for
from tests.integration.system import System
from tests.integration.wave import N_FIRST, campaign_of, in_force, is_member, verdicts, wave

N_MEMBERS = 60
N_OTHERS = 1_200
RATE_HZ = 120.0
SEEN_MS = 3_000
"""By when every worker knows of a campaign; a machine of CI may be slow. The goal is a second."""


def test_a_wave_is_seen_by_all_workers_and_revised(system: System, note: Note) -> None:
    system.archiver()
    system.campaigns()
    workers = system.workers(2)
    load = Load(
        system.broker.bootstrap, wave(N_MEMBERS, N_OTHERS, seed=8), burst=0, rate_hz=RATE_HZ
    )
    load.start()
    sent = load.finish()
    system.await_answered(sent)

    def is_caught() -> bool:
        found = {item: one for item, one in in_force(system).items() if is_member(item)}
        return len(found) == N_MEMBERS and all(one.action != "allow" for one in found.values())

    wait_for(is_caught, "all members are caught")
    check_books(system, sent)
    campaign = campaign_of(system)
    assert campaign is not None
    assert (campaign.n_actors, campaign.n_items) == (N_MEMBERS, N_MEMBERS)
    assert set(campaign.surfaces) == {"chatroom", "square"}

    told_ms = min(
        one.timestamp_ms
        for one in read_all(system.broker.bootstrap, [CAMPAIGNS.name])
        if one.key == campaign.campaign_id.encode()
    )
    found = [(record, one) for record, one in verdicts(system) if is_member(one.item_id)]
    revised = [one for _, one in found if one.stage == "campaign"]
    assert len({one.item_id for one in revised}) >= N_FIRST
    assert all(one.revision > 4 for one in revised)
    unseen_ms = [
        record.timestamp_ms - told_ms
        for record, one in found
        if one.stage == "fast" and one.features is not None and not one.features.campaign.id
    ]
    assert max(unseen_ms) < SEEN_MS
    others = [one for _, one in verdicts(system) if not is_member(one.item_id)]
    assert [one for one in others if one.stage == "campaign" and one.action != "allow"] == []
    assert all(worker.is_running for worker in workers)
    note(
        None,
        members=N_MEMBERS,
        others=N_OTHERS,
        revised=len(revised),
        seconds_until_all_workers_know=max(0, *unseen_ms) / 1_000,
    )

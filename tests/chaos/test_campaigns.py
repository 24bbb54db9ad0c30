"""A wave amid kills: no member is forgotten, none counts twice, nobody else is touched."""

import pytest

from tests.integration.account import check_books
from tests.integration.fixtures import Note
from tests.integration.load import Load
from tests.integration.processes import wait_for
from tests.integration.system import System
from tests.integration.wave import N_FIRST, campaign_of, in_force, is_member, verdicts, wave

pytestmark = pytest.mark.slow

N_MEMBERS = 90
N_OTHERS = 2_700
RATE_HZ = 90.0


def test_kills_amid_a_wave(system: System, note: Note) -> None:
    system.archiver()
    counting = system.campaigns()
    first, second = system.workers(2)
    load = Load(
        system.broker.bootstrap, wave(N_MEMBERS, N_OTHERS, seed=9), burst=0, rate_hz=RATE_HZ
    )
    load.start()
    wait_for(lambda: (one := campaign_of(system)) is not None and one.n_actors >= 8, "it is seen")
    counting.kill()
    wait_for(lambda: load.n_sent > N_OTHERS // 3, "the wave goes on")
    counting = system.campaigns()
    first.kill()
    takeover_s = system.await_shared([second])
    third = system.worker()
    system.await_shared([second, third])
    counting.kill()
    second.kill()
    system.await_shared([third])
    system.campaigns()
    sent = load.finish()
    system.await_answered(sent)

    def is_caught() -> bool:
        found = {item: one for item, one in in_force(system).items() if is_member(item)}
        return len(found) == N_MEMBERS and all(one.action != "allow" for one in found.values())

    caught_s = wait_for(is_caught, "all members are caught")
    check_books(system, sent)
    campaign = campaign_of(system)
    assert campaign is not None
    assert (campaign.n_actors, campaign.n_items) == (N_MEMBERS, N_MEMBERS)
    found = [one for _, one in verdicts(system) if one.stage == "campaign"]
    assert [one.item_id for one in found if not is_member(one.item_id)] == []
    said: dict[tuple[str, int], set[str]] = {}
    for one in found:
        said.setdefault((one.item_id, one.revision), set()).add(one.action)
    assert {place: actions for place, actions in said.items() if len(actions) > 1} == {}
    assert len({one.item_id for one in found}) >= N_FIRST
    note(
        None,
        members=N_MEMBERS,
        others=N_OTHERS,
        takeover_s=takeover_s,
        caught_s=caught_s,
        revised=len(found),
        revised_again=len(found) - len(said),
    )

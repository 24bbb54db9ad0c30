import numpy as np

from detectors.video.sampling import Sampler, is_other_shot, is_same, thumbnail
from tests.detectors.video.films import Shown, scene


def grey(number: int) -> Shown:
    return scene(number)[:, :, 1]


def offered(sampler: Sampler, at_ms: int, number: int) -> bool:
    return sampler.offer(at_ms, grey(number), lambda: scene(number))


def test_repeats_are_kept_once() -> None:
    sampler = Sampler(n_frames=8, duration_ms=10_000)
    for at_ms in range(0, 10_000, 100):
        offered(sampler, at_ms, 1)
    assert [one.at_ms for one in sampler.kept()] == [0]


def test_cuts_are_told_once() -> None:
    sampler = Sampler(n_frames=8, duration_ms=4_000)
    begins = [at_ms for at_ms in range(0, 4_000, 80) if offered(sampler, at_ms, at_ms // 1_000)]
    assert begins == [0, 1_040, 2_000, 3_040]
    assert sampler.cuts_ms() == begins[1:]


def test_a_flash_is_no_shot() -> None:
    sampler = Sampler(n_frames=8, duration_ms=4_000)
    for at_ms in range(0, 4_000, 40):
        offered(sampler, at_ms, 7 if 1_000 <= at_ms < 1_080 else 1)
    assert len(sampler.cuts_ms()) <= 2
    assert 1_000 in [one.at_ms for one in sampler.kept()]


def test_runs_in_any_order() -> None:
    sampler = Sampler(n_frames=8, duration_ms=100_000)
    for start_ms in (50_000, 0, 80_000):
        sampler.end_run()
        for at_ms in range(start_ms, start_ms + 1_000, 80):
            offered(sampler, at_ms, start_ms)
    assert [one.at_ms for one in sampler.kept()] == [0, 50_000, 80_000]
    assert sampler.cuts_ms() == [50_000, 80_000]


def test_the_budget_keeps_what_differs() -> None:
    sampler = Sampler(n_frames=3, duration_ms=9_000)
    for number in range(9):
        offered(sampler, number * 1_000, 5 if number in {2, 3, 4} else 1)
    kept = sampler.kept()
    assert len(kept) <= 3
    assert any((one.pixels == scene(5)).all() for one in kept)


def test_nothing_is_rendered_that_is_not_kept() -> None:
    sampler = Sampler(n_frames=4, duration_ms=2_000)
    rendered = []

    def render() -> Shown:
        rendered.append(1)
        return scene(1)

    for at_ms in range(0, 2_000, 80):
        sampler.offer(at_ms, grey(1), render)
    assert len(rendered) == 1


def test_grain_is_the_same_and_a_scene_another_shot() -> None:
    rng = np.random.default_rng(0)
    one = grey(3)
    noisy = np.clip(one + rng.normal(0, 6, one.shape), 0, 255).astype(np.uint8)
    assert is_same(thumbnail(one), thumbnail(noisy))
    assert not is_other_shot(thumbnail(one), thumbnail(noisy))
    assert is_other_shot(thumbnail(one), thumbnail(grey(4)))

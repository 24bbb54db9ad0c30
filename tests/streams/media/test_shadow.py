"""A media lane's revision has what a policy in shadow asks for, and is otherwise the same."""

from pathlib import Path

from msgspec import structs

from tests.streams.samples import policy_of, rule

from .test_judging import Lab, code, picture, task


def test_a_policy_in_shadow_decides_on_the_same(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    try:
        given = task(picture(lab.put("code.png", code())))
        (alone,) = lab.judge(given)
        harder = policy_of(rule("phishing", "phishing", 0.1, "remove", queue="urgent"))
        live = structs.replace(lab.pipeline.policy, beside=harder)
        lab.pipeline = structs.replace(lab.pipeline, policy=live)
        (both,) = lab.judge(given)
    finally:
        lab.pipeline.studio.close()
        lab.loop.close()
    assert alone.verdict is not None
    assert both.verdict is not None
    shadow = both.verdict.shadow
    assert shadow is not None
    assert (shadow.policy_hash, shadow.action, shadow.queue) == (harder.hash, "remove", "urgent")
    assert [reason.rule for reason in shadow.reasons] == ["phishing"]
    kept = structs.replace(both.verdict, shadow=None, stages=())
    assert kept == structs.replace(alone.verdict, stages=())
    assert both.also == alone.also

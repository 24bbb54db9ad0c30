"""A second policy, in shadow beside the one that decides: what it asks for is recorded alone."""

import logging
from functools import lru_cache

from msgspec import structs

from detectors.refresh import Followed
from schemas.labels import SEVERITY
from schemas.verdicts import Shadow, Verdict
from streams import metrics
from streams.policy import CompiledPolicy, Given, fire

logger = logging.getLogger(__name__)


def shadow_of(given: Given, policy: CompiledPolicy | None) -> Shadow | None:
    """Gives what a policy in shadow asks for; None without one, or where it fails.

    Raises nothing: what nobody acts on must cost no verdict.
    """
    if policy is None:
        return None
    try:
        fired = fire(given, policy)
    except Exception as error:  # noqa: BLE001 - logged once a kind below, counted each time
        metrics.SHADOW_FAILURES.labels("error").inc()
        _warn(policy.hash, type(error).__name__, str(error)[:200])
        return None
    if not fired.reasons:
        return Shadow(policy_hash=policy.hash, action=fired.action, mode=fired.mode)
    return Shadow(
        policy_hash=policy.hash,
        action=fired.action,
        actor_action=fired.actor_action,
        queue=fired.queue,
        priority=fired.priority,
        reasons=fired.reasons,
        mode=fired.mode,
    )


@lru_cache(maxsize=64)
def _warn(policy_hash: str, error: str, cause: str) -> None:
    """Says it once, since it may be said of every item."""
    told = {"policy_hash": policy_hash, "error": error, "cause": cause}
    logger.warning("the policy in shadow failed on an item", extra=told, exc_info=True)


def outcome_of(verdict: Verdict) -> str | None:
    """Gives how a policy in shadow would have had a verdict: `same`, `harder` and so on."""
    shadow = verdict.shadow
    if shadow is None:
        return None
    if shadow.action != verdict.action:
        return "harder" if SEVERITY[shadow.action] > SEVERITY[verdict.action] else "softer"
    asked = shadow.queue, shadow.actor_action
    return "same" if asked == (verdict.queue, verdict.actor_action) else "otherwise"


class InUse:
    """The policy that decides, and the one in shadow beside it where there is one, as of now."""

    def __init__(
        self, live: Followed[CompiledPolicy], shadow: Followed[CompiledPolicy] | None
    ) -> None:
        """Takes both as they are followed."""
        self._live = live
        self._shadow = shadow
        self._held: tuple[CompiledPolicy, CompiledPolicy, CompiledPolicy] | None = None

    def current(self) -> CompiledPolicy:
        """Gives the policy that decides, with the other `beside` it."""
        live = self._live.current()
        if self._shadow is None:
            return live
        shadow = self._shadow.current()
        held = self._held
        if held is None or held[0] is not live or held[1] is not shadow:
            # Several threads may come here at once: each makes the same, and the last one stays.
            held = self._held = (live, shadow, structs.replace(live, beside=shadow))
        return held[2]

    def told(self) -> dict[str, object]:
        """Gives what the health report says: the hashes, and why newer files are refused."""
        found: dict[str, object] = {
            "policy_hash": self._live.current().hash,
            "policy_refused": self._live.refusal,
        }
        if self._shadow is not None:
            found["shadow_policy_hash"] = self._shadow.current().hash
            found["shadow_policy_refused"] = self._shadow.refusal
        return found

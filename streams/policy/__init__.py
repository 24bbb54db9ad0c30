"""Policy: what a policy person writes, checked and compiled, and the pure `fire`.

A policy is TOML: see `streams/policies/README.md`. The hash identifies its content, not its
formatting, and stands on every verdict.
"""

from streams.policy.compiled import CompiledPolicy, compile_policy, digest, idle_rules
from streams.policy.document import Memory, Policy, Rule, Test
from streams.policy.errors import PolicyInvalid
from streams.policy.facts import Given
from streams.policy.firing import Fired, fire, reached
from streams.policy.loading import SHIPPED, load
from streams.policy.sources import MAX_POLICY_BYTES

__all__ = [
    "MAX_POLICY_BYTES",
    "SHIPPED",
    "CompiledPolicy",
    "Fired",
    "Given",
    "Memory",
    "Policy",
    "PolicyInvalid",
    "Rule",
    "Test",
    "compile_policy",
    "digest",
    "fire",
    "idle_rules",
    "load",
    "reached",
]

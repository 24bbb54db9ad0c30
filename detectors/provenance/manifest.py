"""C2PA manifests: who signed that a file was made by AI, and whether the signature holds.

Nothing is fetched: neither manifests that stand elsewhere nor the state of certificates.
"""

import io
import json
from collections.abc import Iterator
from typing import Final

import c2pa
import msgspec
from msgspec import Struct

from detectors.provenance.claim import Claim
from detectors.provenance.generators import Generators

MARK: Final = b"jumb"
"""Stands in every embedded manifest; without it the library need not look."""
MAX_MANIFESTS: Final = 16
_STATUS: Final = {"Trusted": "trusted", "Valid": "untrusted", "Invalid": "broken"}
_SCORES: Final = {"trusted": 0.99, "untrusted": 0.95, "broken": 0.8}
"""A broken manifest is a claim that nobody vouches for: the file was changed after signing, as
services do that make pictures smaller. What it says of the file's beginning is seldom untrue."""
_WHOLE: Final = "trainedalgorithmicmedia"
_PART: Final = 0.05
"""Less sure where an ingredient was made by AI, or a part, or only an edit."""
_OFFLINE: Final = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "core": {"allowed_network_hosts": []},
}


class _Agent(Struct):
    name: str = ""


class _Action(Struct, rename="camel"):
    action: str = ""
    digital_source_type: str = ""
    software_agent: str | _Agent | None = None


class _Actions(Struct):
    actions: tuple[_Action, ...] = ()


class _Assertion(Struct):
    label: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Signature(Struct):
    issuer: str | None = None


class _Generator(Struct):
    name: str = ""


class _Manifest(Struct):
    claim_generator: str | None = None
    claim_generator_info: tuple[_Generator, ...] | None = None
    assertions: tuple[_Assertion, ...] = ()
    signature_info: _Signature | None = None


class _Store(Struct):
    active_manifest: str | None = None
    manifests: dict[str, _Manifest] = {}


class Manifests:
    """Reads manifests against an operator's trust anchors. Safe across threads."""

    def __init__(self, anchors: str = "") -> None:
        """Takes certificates whose signatures are trusted, PEM, one after the other.

        Raises:
            ValueError: if they are none.
        """
        settings = json.loads(json.dumps(_OFFLINE))
        if anchors:
            settings["trust"] = {"user_anchors": anchors}
        try:
            self._context = c2pa.Context.from_dict(settings)
        except c2pa.C2paError as error:
            message = f"trust anchors cannot be used: {error}"
            raise ValueError(message) from error

    def claims(self, content: bytes, generators: Generators) -> Iterator[Claim]:
        """Gives what a file's embedded manifests say of AI; nothing where it has none."""
        if MARK not in content:
            return
        try:
            with c2pa.Reader(None, io.BytesIO(content), context=self._context) as reader:
                status = _STATUS.get(reader.get_validation_state() or "", "broken")
                store = msgspec.json.decode(reader.json(), type=_Store)
        except (c2pa.C2paError, msgspec.DecodeError):
            return
        # The active one comes last in the store as often as first.
        active = store.active_manifest
        names = sorted(store.manifests, key=lambda name: name != active)
        for name in names[:MAX_MANIFESTS]:
            own = store.manifests[name]
            yield from _claims(own, status, generators, is_active=name == active)


def _claims(
    manifest: _Manifest, status: str, generators: Generators, *, is_active: bool
) -> Iterator[Claim]:
    signer = (manifest.signature_info and manifest.signature_info.issuer) or "unknown"
    maker = " ".join(one.name for one in manifest.claim_generator_info or ())
    maker = maker or manifest.claim_generator or ""
    for action in _actions(manifest):
        found = generators.source_type(action.digital_source_type)
        if found is None:
            continue
        kind, agent = found[0].lower(), action.software_agent
        named = agent.name if isinstance(agent, _Agent) else agent or maker
        is_whole = is_active and action.action == "c2pa.created" and kind == _WHOLE
        yield Claim(
            kind="c2pa",
            score=round(_SCORES[status] - (0.0 if is_whole else _PART), 3),
            tool=generators.tool(f"{named} {maker}") or named or maker,
            field=action.action,
            signer=signer,
            value=kind,
            status=status,
        )
        return


def _actions(manifest: _Manifest) -> Iterator[_Action]:
    for assertion in manifest.assertions:
        if not assertion.label.startswith("c2pa.actions"):
            continue
        try:
            yield from msgspec.json.decode(bytes(assertion.data), type=_Actions).actions
        except msgspec.DecodeError:
            continue

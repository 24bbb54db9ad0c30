"""The detector `text.links@1`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from detectors import card as cards
from detectors.detector import Answer, Partial
from detectors.refresh import Followed
from detectors.session import verified
from detectors.text.links import brands, lists
from detectors.text.links.extract import MAX_LINKS, links
from detectors.text.links.likeness import Kind, Watch
from detectors.text.links.link import Link
from detectors.text.links.reasons import FLOOR, Judge, Reason
from detectors.text.links.store import Store, pack
from detectors.text.links.url_risk import UrlModel
from schemas.content import TextPart
from schemas.signals import Signal, Span

MODEL_ID: Final = "text.links@1"
ROOT: Final = Path(__file__).parents[2]
CARD_FILE: Final = ROOT / "weights" / "url_risk_1" / "card.toml"
SHORTENERS: Final = Path(__file__).parent / "shorteners.txt"
MAX_SIGNALS: Final = 32
"""Signals of one text; the highest scores are kept."""


class Links:
    """Web addresses in texts: `phishing` and `impersonation`, each signal with span and evidence.

    A text without a web address is answered with no signals, and so are links that nothing speaks
    against. Scores of links in no list assume that one such link in twenty is phishing.
    """

    def __init__(
        self,
        *,
        store: Path | None = None,
        brand_file: Path = brands.BRANDS_FILE,
        root: Path = ROOT,
        card: cards.ModelCard | None = None,
    ) -> None:
        """Loads card, model, names and lists.

        Args:
            store: What `python -m detectors.text.links build` wrote; it is opened anew when
                replaced. None: the shipped list of legitimate sites, and no block list.
            brand_file: The protected names.
            root: The folder that the card's paths are relative to.
            card: The card to go by; None reads the one that ships.

        Raises:
            ModelMismatch: if a weight file is not the one on the card.
            StoreInvalid, OSError: if the store cannot be read.
        """
        self.card = cards.read(MODEL_ID, CARD_FILE) if card is None else card
        scores = msgspec.json.decode(
            verified(root, self.card.files["likeness"]).read_bytes(), type=dict[Kind, float]
        )
        self._judge = Judge(
            Watch(brands.read(brand_file)),
            UrlModel(verified(root, self.card.files["weights"]), explained=FLOOR),
            scores,
            frozenset(lists.lines(SHORTENERS.read_text(encoding="utf-8"))),
        )
        self._live = None if store is None else Followed(store, Store.open)
        self._store = default_store()

    def predict(self, parts: Sequence[TextPart], /) -> list[Answer]:
        """Gives the signals of each text, by place in the text.

        The same host twice in a text is judged once. A text of more than 64 links is read up to
        the 64th and answered with Partial.
        """
        store = self._store if self._live is None else self._live.current()
        return [self._answer(part, store) for part in parts]

    def _answer(self, part: TextPart, store: Store) -> Answer:
        found = links(part.text)
        if not found:
            return ()
        signals: list[Signal] = []
        seen: set[tuple[str, str, str | None]] = set()
        for link in found[:MAX_LINKS]:
            key = (link.host.name, link.path if store.n_paths else "", link.bait)
            if key not in seen:
                seen.add(key)
                signals.extend(
                    self._signal(part, link, reason) for reason in self._judge.judge(link, store)
                )
        if len(signals) > MAX_SIGNALS:
            signals.sort(key=lambda one: -one.score)
            signals = signals[:MAX_SIGNALS]
        if len(found) > MAX_LINKS:
            return Partial(tuple(signals), f"more than {MAX_LINKS} links: the rest not read")
        return tuple(signals)

    def _signal(self, part: TextPart, link: Link, reason: Reason) -> Signal:
        return Signal(
            label=reason.label,
            score=reason.score,
            detector=self.card.id,
            part=part.name,
            span=Span(link.start, link.end),
            evidence=reason.evidence,
        )


def default_store() -> Store:
    """The shipped list of legitimate sites as a store in memory."""
    entries, _ = lists.merge([lists.read(lists.DEFAULT_ALLOW, is_allow=True)])
    return Store(pack(entries))

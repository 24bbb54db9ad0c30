"""The steps of training, one function each, over files in one output folder."""

import json
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from detectors.evaluation import limits as limits_of
from detectors.text.risk.canonical import canonical
from detectors.text.risk.detector import MODEL_ID, ROOT, STEM, TextRisk
from detectors.text.risk.windows import split as windows_of
from detectors.training.text_risk import (
    authored,
    cards,
    contrast,
    corpus,
    discounts,
    encoder,
    fit,
    gate,
    graph,
    lexical,
    mixing,
    mixture,
    model,
    variants,
    vocabulary,
)
from detectors.training.text_risk import (
    rows as files,
)
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

_LOG = logging.getLogger(__name__)
_EVALUATED_TOKENS = 64
_CHUNK = 64
_GATE_ROWS = 20_000
"""Rows of the data sets, and as many own ones, that the gate is fitted to."""
_GATE_HELD_BACK = 5_000
_PROBED_CHARACTERS = 2_000
GATE = graph.Gate.__struct_fields__
WEIGHTS = Path(__file__).parents[2] / "weights" / STEM
Floats = npt.NDArray[np.float32]


class Work(msgspec.Struct, frozen=True):
    """Where the shared data is, where files go, and how many threads may run."""

    data: Path
    out: Path
    threads: int
    n_layers: int = model.N_LAYERS

    def corpus(self) -> list[Row]:
        """All rows with their splits."""
        return list(files.read(self.out / "corpus.jsonl"))

    def tokenizer(self) -> Tokenizer:
        """The pruned tokenizer."""
        return Tokenizer.from_file(str(self.out / "tokenizer.json"))

    def keep(self) -> npt.NDArray[np.int64]:
        """Ids of the kept pieces in the full vocabulary."""
        kept: npt.NDArray[np.int64] = np.load(self.out / "keep.npy")
        return kept


def _rows(work: Work, split: str) -> list[Row]:
    """All rows of a split: the sampled corpus, authored rows and contrast pairs.

    A folder that has rows of its own (`train.jsonl`, see `left_out`) goes by these.
    """
    if (work.out / f"{split}.jsonl").exists():
        return list(files.read(work.out / f"{split}.jsonl"))
    sampled = corpus.sampled(work.corpus(), split)
    return [*sampled, *_authored(split), *_contrast(work, split)]


def _authored(split: str) -> list[Row]:
    return [row for row in authored.read() if row.split == split]


def _contrast(work: Work, split: str) -> list[Row]:
    words = work.data / "ldnoobw"
    return [row for row in contrast.read(words) if row.split == split]


def make_corpus(work: Work) -> None:
    """Reads the shared data, splits it and removes duplicates: `corpus.jsonl`. A minute."""
    path = work.out / "corpus.jsonl"
    if not path.exists():
        files.write(path, corpus.build(work.data))


def make_vocabulary(work: Work) -> None:
    """Chooses the kept pieces: `keep.npy`, `tokenizer.json`."""
    if (work.out / "tokenizer.json").exists():
        return
    stored = encoder.read(encoder.default_path())
    keep = vocabulary.chosen(stored, encoder.tokenizer(stored), work.corpus())
    np.save(work.out / "keep.npy", np.array(keep))
    encoder.tokenizer(stored, keep).save(str(work.out / "tokenizer.json"))


def train_main(work: Work) -> None:
    """Fine-tunes over the balanced corpus: `main.pt`. A quarter of an hour where AMX is."""
    torch.set_num_threads(work.threads)
    network = model.fresh(encoder.read(encoder.default_path()), work.keep())
    chosen = mixture.main(corpus.sampled(work.corpus(), "train"))
    fit.run(network, work.tokenizer(), chosen, fit.MAIN, work.out)


def train_polish(work: Work) -> None:
    """Goes on over own rows and a slice of the corpus: `polish.pt`. Half an hour."""
    torch.set_num_threads(work.threads)
    stored, keep = encoder.read(encoder.default_path()), work.keep()
    network = model.fresh(stored, keep)
    network.load_state_dict(model.load(work.out / "main.pt", stored.shape, len(keep)).state_dict())
    own = [*_authored("train"), *_contrast(work, "train")]
    chosen = mixture.polish(corpus.sampled(work.corpus(), "train"), own)
    fit.run(network, work.tokenizer(), chosen, fit.POLISH, work.out)


def fit_lexicon(work: Work) -> None:
    """Fits the lexical path on the same rows: `lexicon.npz`. Two minutes."""
    chosen = _rows(work, "train")
    ids = _ids(work, chosen)
    found = lexical.fit(ids, chosen, len(work.keep()))
    np.savez(work.out / "lexicon.npz", pieces=found.pieces, pairs=found.pairs, bias=found.bias)


def _lexicon(work: Work) -> lexical.Lexicon:
    with np.load(work.out / "lexicon.npz") as saved:
        return lexical.Lexicon(saved["pieces"], saved["pairs"], saved["bias"])


def _ids(work: Work, chosen: Sequence[Row]) -> list[list[int]]:
    return fit.token_ids(work.tokenizer(), [row.text for row in chosen], _EVALUATED_TOKENS)


def predict(work: Work) -> None:
    """Scores the calibration rows and fits the mixture on them: `mix.json`. A minute."""
    torch.set_num_threads(work.threads)
    chosen = _rows(work, "calibration")
    stored = encoder.read(encoder.default_path())
    network = model.load(work.out / "polish.pt", stored.shape, len(work.keep()), work.n_layers)
    ids = _ids(work, chosen)
    from_encoder = logits(network, ids)[:, : len(TRAINED_LABELS)]
    from_words = lexical.logits(_lexicon(work), ids)
    mix = mixing.fit(from_encoder, from_words, chosen)
    np.savez(work.out / "calibration.npz", encoder=from_encoder, lexical=from_words)
    values = {"encoder": mix.encoder, "lexical": mix.lexical, "offset": mix.offset}
    text = json.dumps({name: [round(float(v), 5) for v in one] for name, one in values.items()})
    (work.out / "mix.json").write_text(text)
    _LOG.info("mixture %s", text)


def set_limits(work: Work) -> None:
    """Scores the calibration rows as the detector reads them: `discounts.json`, `limits.json`.

    A text's score is the highest of its readings', so limits fitted to the whole text alone
    would be too low. All layers look; the gate comes later, and learns these limits. Some minutes.
    """
    chosen = _rows(work, "calibration")
    network, trial = _network(work), work.out / "trial"
    weights = trial / WEIGHTS.relative_to(ROOT)
    weights.mkdir(parents=True, exist_ok=True)
    graph.build_front(weights / "front.onnx", network, gate.closed(), graph.SHIPPED)
    graph.build_back(weights / "back.onnx", network, graph.SHIPPED)
    shutil.copyfile(work.out / "tokenizer.json", weights / "tokenizer.json")
    card = cards.describe({}, {}, early_exit=0.0, root=trial)
    detector = TextRisk(threads=work.threads, root=trial, card=card, has_early_exit=False)
    for name, given in _calibrated(chosen, detector).items():
        (work.out / f"{name}.json").write_text(json.dumps(given))
        _LOG.info("%s %s", name, given)


def _calibrated(chosen: Sequence[Row], detector: TextRisk) -> dict[str, dict[str, float]]:
    """`discounts` and `limits` by label, fitted to what the detector says of the rows."""
    pairs = [
        detector.apart([row.text for row in chosen[start : start + _CHUNK]])
        for start in range(0, len(chosen), _CHUNK)
    ]
    wholes, parts = (np.concatenate(own) for own in zip(*pairs, strict=True))
    lower = discounts.fit(chosen, wholes, parts)
    limits = limits_of.thresholds(chosen, np.round(discounts.joined(wholes, parts, lower), 4))
    return {
        name: {label: round(float(v), 4) for label, v in zip(TRAINED_LABELS, values, strict=True)}
        for name, values in (("discounts", lower), ("limits", limits))
    }


def by_label(work: Work, name: str) -> dict[str, float]:
    """What `limits` left: `discounts` or `limits`, by label."""
    found: dict[str, float] = json.loads((work.out / f"{name}.json").read_text())
    return found


def logits(network: model.Network, ids: Sequence[list[int]]) -> Floats:
    """The network's logits, float32 [texts, targets], batched by length."""
    order = sorted(range(len(ids)), key=lambda n: len(ids[n]))
    found = np.zeros((len(ids), network.heads.out_features), np.float32)
    fast = torch.autocast("cpu", torch.bfloat16, enabled=fit.is_bfloat16_fast())
    with torch.inference_mode(), fast:
        for start in range(0, len(order), _CHUNK):
            rows = order[start : start + _CHUNK]
            found[rows] = network(*fit.padded([ids[n] for n in rows])).float().numpy()
    return found


def fit_gate(work: Work) -> None:
    """Fits the gate to what the whole model says: `gate.json`. Some ten minutes."""
    path = work.out / "probe.onnx"
    graph.build(path, _network(work), graph.SHIPPED, is_probed=True)
    rows = work.corpus()
    limits = np.array(list(by_label(work, "limits").values()), np.float32)
    own = [*_authored("train"), *_contrast(work, "train")]
    own.sort(key=lambda row: corpus.stable_hash(row.id + "#gate"))
    sets = corpus.sampled(rows, "train")
    probed = _probed(work, [*sets[:_GATE_ROWS], *own[:_GATE_ROWS]])
    fitted = gate.fit(probed, limits, threads=work.threads)
    (work.out / "gate.json").write_bytes(
        msgspec.json.encode({name: getattr(fitted, name).tolist() for name in GATE})
    )


def _probed(work: Work, chosen: Sequence[Row]) -> gate.Probed:
    ids = _windows(work.tokenizer(), chosen)
    return gate.probe(work.out / "probe.onnx", ids, threads=work.threads)


def _windows(tokenizer: Tokenizer, chosen: Sequence[Row]) -> list[list[int]]:
    """The first window of each text."""
    texts = [canonical(row.text[:_PROBED_CHARACTERS]).text for row in chosen]
    encoded = tokenizer.encode_batch_fast(texts)
    return [windows_of(one.ids)[0] for one in encoded]


def _network(work: Work) -> graph.Network:
    stored, keep = encoder.read(encoder.default_path()), work.keep()
    network = model.load(work.out / "polish.pt", stored.shape, len(keep), work.n_layers)
    nibbles, scales = encoder.q4_rows(stored, "emb.word", stored.shape.hidden)
    arrays = {name: np.array(values, np.float32) for name, values in _fitted(work).items()}
    return graph.Network(
        shape=stored.shape,
        words=(nibbles[keep], scales[keep]),
        state={name: value.numpy() for name, value in network.state_dict().items()},
        lexicon=_lexicon(work),
        mix=graph.Mix(arrays["encoder"], arrays["lexical"], arrays["offset"]),
        n_layers=work.n_layers,
    )


def _fitted(work: Work) -> dict[str, list[float]]:
    found: dict[str, list[float]] = json.loads((work.out / "mix.json").read_text())
    return found


def _gate(work: Work) -> graph.Gate:
    saved = json.loads((work.out / "gate.json").read_text())
    return graph.Gate(**{name: np.array(values, np.float32) for name, values in saved.items()})


def export(work: Work) -> None:
    """Writes graphs and tokenizer to `detectors/weights/text_risk_4/`, variants to the output.

    The variants (the whole model in fp32, 8-bit and 4-bit blocks) are for comparison; front and
    back in `rows8` ship.
    """
    network = _network(work)
    for weights in graph.VARIANTS:
        path = work.out / f"{weights}.onnx"
        graph.build(path, network, weights)
        _LOG.info("%s: %d bytes", path.name, path.stat().st_size)
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    graph.build_front(WEIGHTS / "front.onnx", network, _gate(work), graph.SHIPPED)
    graph.build_back(WEIGHTS / "back.onnx", network, graph.SHIPPED)
    shutil.copyfile(work.out / "tokenizer.json", WEIGHTS / "tokenizer.json")


def compare_weights(work: Work) -> None:
    """Measures the exported variants on held-back rows: `text_risk_4_weights.md`. Minutes."""
    rows = [one for split in ("test", "transfer") for one in corpus.sampled(work.corpus(), split)]
    found = variants.compare(work.out, _windows(work.tokenizer(), rows), rows)
    page = variants.page(found, name=MODEL_ID, n_rows=len(rows))
    cards.REPORT.with_name(f"{STEM}_weights.md").write_text(page, encoding="utf-8")
    _LOG.info("%s", page)


def write_card(work: Work) -> None:
    """Writes `detectors/models.toml`; the measured quality comes from the evaluation command.

    Early exit, discounts and thresholds are fitted to the weights that ship, so the corpus is all
    that this needs: for when what the detector reads has changed and the weights have not.
    """
    make_corpus(work)
    chosen = _rows(work, "calibration")
    whole = TextRisk(threads=work.threads, card=cards.describe({}, {}, early_exit=0.0))
    limits = _calibrated(chosen, whole)["limits"]
    early_exit = _cut(work, whole, np.array(list(limits.values()), np.float32))
    card = cards.describe({}, {}, early_exit=early_exit)
    found = _calibrated(chosen, TextRisk(threads=work.threads, card=card))
    _LOG.info("%s", found)
    cards.write(found["limits"], found["discounts"], early_exit=early_exit)


def _cut(work: Work, whole: TextRisk, limits: Floats) -> float:
    """Where early exit begins, from held-back rows of each kind by itself."""
    sets = corpus.sampled(work.corpus(), "calibration")
    kinds = {
        "calibration": sets[:_GATE_HELD_BACK],
        "authored": _authored("calibration"),
        "contrast": _contrast(work, "calibration"),
    }
    seen = {name: _gated(whole, rows) for name, rows in kinds.items()}
    cut = gate.cut(list(seen.values()), limits)
    for name in ("test", "transfer"):
        seen[name] = _gated(whole, corpus.sampled(work.corpus(), name)[:_GATE_HELD_BACK])
    for name, one in seen.items():
        gate.report(name, cut, one, limits)
    return cut


def _gated(whole: TextRisk, rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """What the gate doubts and what the whole model says of each text's first window."""
    ids = _windows(Tokenizer.from_file(str(WEIGHTS / "tokenizer.json")), rows)
    return whole.session.doubts(ids), whole.session.scores(ids)

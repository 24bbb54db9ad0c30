"""Writes the network and the lexical path as ONNX graphs.

Built node by node from ONNX Runtime's fused operators: small, the same every time, and
batch-invariant, since weights are quantised in blocks and activations (if at all) per row.
Input `ids` int64 [batch, tokens], padded with 1; output `scores` float32 [batch, labels].

What ships is cut in two, so that most texts never reach the upper layers. The *front*
(embeddings, lowest layer, lexical path, gate) gives `states` float32 [batch, tokens, hidden],
`words` float32 [batch, labels] (the lexical logits), `early` float32 [batch, labels] (the gate's
scores) and `doubt` float32 [batch, 1]. The *back* takes `ids`, `states` and `words`, and gives
`scores`.
"""

from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from detectors.training.text_risk import lexical
from detectors.training.text_risk.encoder import Q4Rows, Shape
from detectors.training.text_risk.graph_builder import (
    BLOCK,
    CONTRIB,
    Builder,
    Floats,
    Port,
    Weights,
)
from detectors.training.text_risk.lexical import Lexicon
from detectors.training.text_risk.model import N_LAYERS

VARIANTS: tuple[Weights, ...] = ("fp32", "rows8", "q8", "q4")
SHIPPED: Weights = "rows8"
State = dict[str, npt.NDArray[np.float32]]

MAX_POSITIONS = 256
N_FRONT_LAYERS = 1
"""Layers ahead of the gate. With the lexical path beside it, one layer lets as many texts go as
two or three do, at the same loss."""
_PAD = 1
_Q4_ZERO = 8


class Mix(msgspec.Struct, frozen=True):
    """Per label: logit = encoder * its logit + lexical * its logit + offset. Float32 [labels]."""

    encoder: Floats
    lexical: Floats
    offset: Floats


class Gate(msgspec.Struct, frozen=True):
    """A small network over the front's pooled state and lexical logits.

    `doubt` is how near the whole model may come to flagging: its guess of the highest score as a
    share of its label's limit.

    Attributes:
        hidden: float32 [hidden + labels, width], and `hidden_bias` float32 [width].
        out: float32 [width, labels + 1] (the last column is doubt), `out_bias` [labels + 1].
        limits: The recommended thresholds, float32 [labels].
    """

    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats
    limits: Floats


class Network(msgspec.Struct, frozen=True):
    """All that a graph is made of.

    Attributes:
        shape: Sizes of the encoder.
        words: The kept rows of the word embeddings, in their stored 4 bits.
        state: The trained parameters under `bert.` and `heads.`.
        lexicon: The lexical path.
        mix: How the two are added.
        n_layers: Of the encoder, from the lowest.
    """

    shape: Shape
    words: Q4Rows
    state: State
    lexicon: Lexicon
    mix: Mix
    n_layers: int = N_LAYERS


IDS: Port = ("ids", TensorProto.INT64, ("batch", "tokens"))


def _floats(name: str, *shape: str | int) -> Port:
    return (name, TensorProto.FLOAT, shape)


def build(path: Path, network: Network, weights: Weights, *, is_probed: bool = False) -> None:
    """Writes the whole model as one graph, for comparisons.

    With `is_probed` it also gives what a gate is fitted on: `pooled` float32 [batch, hidden], the
    mean state behind the front's layers, and `words`.
    """
    b = Builder(weights)
    n = len(network.mix.offset)
    mask, weight = _masks(b)
    words = _lexical(b, weight, network.lexicon, network.mix)
    states = _layers(b, _embed(b, network), mask, network, range(N_FRONT_LAYERS))
    outputs = [_floats("scores", "batch", n)]
    if is_probed:
        b.node("Identity", [_pooled(b, states, weight, "front")], "pooled")
        outputs += [
            _floats("pooled", "batch", network.shape.hidden),
            _floats("words", "batch", n),
        ]
    states = _layers(b, states, mask, network, range(N_FRONT_LAYERS, network.n_layers))
    _heads(b, _pooled(b, states, weight, "all"), words, network)
    b.save(path, [IDS], outputs)


def build_front(path: Path, network: Network, gate: Gate, weights: Weights) -> None:
    """Writes the front."""
    b = Builder(weights)
    n = len(network.mix.offset)
    mask, weight = _masks(b)
    words = _lexical(b, weight, network.lexicon, network.mix)
    states = _layers(b, _embed(b, network), mask, network, range(N_FRONT_LAYERS))
    b.node("Identity", [states], "states")
    _gate(b, _pooled(b, states, weight, "front"), words, gate)
    outputs = [
        _floats("states", "batch", "tokens", network.shape.hidden),
        _floats("words", "batch", n),
        _floats("early", "batch", n),
        _floats("doubt", "batch", 1),
    ]
    b.save(path, [IDS], outputs)


def build_back(path: Path, network: Network, weights: Weights) -> None:
    """Writes the back."""
    b = Builder(weights)
    n = len(network.mix.offset)
    mask, weight = _masks(b)
    states = _layers(b, "states", mask, network, range(N_FRONT_LAYERS, network.n_layers))
    _heads(b, _pooled(b, states, weight, "all"), "words", network)
    hidden = _floats("states", "batch", "tokens", network.shape.hidden)
    b.save(path, [IDS, hidden, _floats("words", "batch", n)], [_floats("scores", "batch", n)])


def _masks(b: Builder) -> tuple[str, str]:
    """The padding mask as int32 [batch, tokens] and as float32 [batch, tokens, 1]."""
    pad = b.constant("pad", np.array(_PAD, np.int64))
    is_token = b.node("Not", [b.node("Equal", ["ids", pad], "is_pad")], "is_token")
    mask = b.node("Cast", [is_token], "mask", to=TensorProto.INT32)
    floats = b.node("Cast", [is_token], "mask_f", to=TensorProto.FLOAT)
    return mask, b.node("Unsqueeze", [floats, b.axis(-1)], "mask_weight")


def _pooled(b: Builder, states: str, weight: str, name: str) -> str:
    kept = b.node("Mul", [states, weight], f"{name}.kept")
    total = b.node("ReduceSum", [kept, b.axis(1)], f"{name}.total", keepdims=0)
    count = b.node("ReduceSum", [weight, b.axis(1)], f"{name}.n_tokens", keepdims=0)
    return b.node("Div", [total, count], f"{name}.pooled")


def _heads(b: Builder, pooled: str, words: str, network: Network) -> None:
    mix, state = network.mix, network.state
    n = len(mix.offset)
    heads = (state["heads.weight"][:n] * mix.encoder[:, None]).T.astype(np.float32).copy()
    offset = state["heads.bias"][:n] * mix.encoder + mix.offset + network.lexicon.bias * mix.lexical
    from_encoder = b.node("MatMul", [pooled, b.constant("heads.w", heads)], "from_encoder")
    added = b.node("Add", [from_encoder, words], "added")
    logits = b.node("Add", [added, b.constant("heads.b", offset.astype(np.float32))], "logits")
    b.node("Sigmoid", [logits], "scores")


def _gate(b: Builder, pooled: str, words: str, gate: Gate) -> None:
    """Doubt is never below what the gate's own scores say."""
    inputs = b.node("Concat", [pooled, words], "gate.in", axis=1)
    weights = [
        b.constant("gate.hidden.w", gate.hidden),
        b.constant("gate.hidden.b", gate.hidden_bias),
    ]
    hidden = b.node("Relu", [b.node("Gemm", [inputs, *weights], "gate.wide")], "gate.hidden")
    weights = [b.constant("gate.out.w", gate.out), b.constant("gate.out.b", gate.out_bias)]
    found = b.node("Sigmoid", [b.node("Gemm", [hidden, *weights], "gate.out")], "gate.found")
    zero, one = (
        b.constant("zero", np.array([0], np.int64)),
        b.constant("one", np.array([1], np.int64)),
    )
    last = b.constant("gate.n", np.array([len(gate.limits)], np.int64))
    end = b.constant("end", np.array([np.iinfo(np.int64).max]))
    b.node("Slice", [found, zero, last, one], "early")
    guess = b.node("Slice", [found, last, end, one], "gate.guess")
    shares = b.node("Div", ["early", b.constant("gate.limits", gate.limits)], "gate.shares")
    highest = b.node("ReduceMax", [shares], "gate.highest", axes=[1], keepdims=1)
    b.node("Max", [guess, highest], "doubt")


def _layers(b: Builder, states: str, mask: str, network: Network, layers: range) -> str:
    for layer in layers:
        states = _layer(b, states, mask, network.state, layer, network.shape)
    return states


def _norm(b: Builder, source: str, name: str, state: State, key: str, epsilon: float) -> str:
    gamma = b.constant(f"{name}.gamma", state[f"{key}.weight"])
    beta = b.constant(f"{name}.beta", state[f"{key}.bias"])
    return b.node("LayerNormalization", [source, gamma, beta], name, axis=-1, epsilon=epsilon)


def _embed(b: Builder, network: Network) -> str:
    state = network.state
    found = _words(b, network)
    prefix = "bert.embeddings."
    places = (
        state[prefix + "position_embeddings.weight"][:MAX_POSITIONS]
        + state[prefix + "token_type_embeddings.weight"][0]
    )
    length = b.node("Shape", ["ids"], "n_tokens_in", start=1, end=2)
    zero = b.constant("zero", np.array([0], np.int64))
    table = b.constant("places", places.astype(np.float32))
    at = b.node("Slice", [table, zero, length, b.axis(0)], "places.used")
    summed = b.node("Add", [found, at], "embedded")
    return _norm(b, summed, "embedded.norm", state, prefix + "LayerNorm", network.shape.epsilon)


def _words(b: Builder, network: Network) -> str:
    """The word embeddings of `ids`: 4-bit levels, two in a byte, and a scale for 32 of them.

    Unpacked by plain arithmetic, which takes a sixth of `GatherBlockQuantized`'s time.
    """
    nibbles, scales = network.words
    half = nibbles.shape[1] // 2
    packed = b.constant("words.q4", nibbles[:, :half] | (nibbles[:, half:] << 4))
    both = b.node("Gather", [packed, "ids"], "words.bytes", axis=0)
    both = b.node("Cast", [both], "words.both", to=TensorProto.FLOAT)
    sixteen = b.constant("words.sixteen", np.array(16, np.float32))
    high = b.node("Floor", [b.node("Div", [both, sixteen], "words.shifted")], "words.high")
    low = b.node("Sub", [both, b.node("Mul", [high, sixteen], "words.top")], "words.low")
    levels = b.node("Concat", [low, high], "words.levels", axis=-1)
    zero = b.constant("words.zero", np.array(_Q4_ZERO, np.float32))
    signed = b.node("Sub", [levels, zero], "words.signed")
    blocks = b.constant("words.blocks", np.array([0, 0, -1, BLOCK], np.int64))
    cut = b.node("Reshape", [signed, blocks], "words.cut")
    table = b.constant("words.scale", scales.astype(np.float16))
    scale = b.node("Gather", [table, "ids"], "words.scale_half", axis=0)
    scale = b.node("Cast", [scale], "words.scale_float", to=TensorProto.FLOAT)
    scale = b.node("Unsqueeze", [scale, b.axis(-1)], "words.scale_each")
    scaled = b.node("Mul", [cut, scale], "words.scaled")
    whole = b.constant("words.whole", np.array([0, 0, nibbles.shape[1]], np.int64))
    return b.node("Reshape", [scaled, whole], "words.found")


def _layer(b: Builder, states: str, mask: str, state: State, layer: int, shape: Shape) -> str:
    key, name = f"bert.encoder.layer.{layer}", f"l{layer}"
    own = [state[f"{key}.attention.self.{part}.weight"] for part in ("query", "key", "value")]
    bias = [state[f"{key}.attention.self.{part}.bias"] for part in ("query", "key", "value")]
    mixed = b.linear(states, f"{name}.qkv", np.concatenate(own), np.concatenate(bias))
    q, k, v = b.split3(mixed, f"{name}.split")
    attended = b.node(
        "MultiHeadAttention", [q, k, v, "", mask], f"{name}.attention", CONTRIB,
        num_heads=shape.heads,
    )  # fmt: skip
    out = f"{key}.attention.output"
    projected = b.linear(
        attended, f"{name}.ao", state[f"{out}.dense.weight"], state[f"{out}.dense.bias"]
    )
    summed = b.node("Add", [projected, states], f"{name}.a.sum")
    states = _norm(b, summed, f"{name}.a.norm", state, f"{out}.LayerNorm", shape.epsilon)
    wide = b.linear(states, f"{name}.fi", state[f"{key}.intermediate.dense.weight"], None)
    wide_bias = b.constant(f"{name}.fi.b", state[f"{key}.intermediate.dense.bias"])
    active = b.node("BiasGelu", [wide, wide_bias], f"{name}.gelu", CONTRIB)
    out = f"{key}.output"
    narrow = b.linear(
        active, f"{name}.fo", state[f"{out}.dense.weight"], state[f"{out}.dense.bias"]
    )
    summed = b.node("Add", [narrow, states], f"{name}.f.sum")
    return _norm(b, summed, f"{name}.f.norm", state, f"{out}.LayerNorm", shape.epsilon)


def _lexical(b: Builder, weight: str, lexicon: Lexicon, mix: Mix) -> str:
    n = len(mix.offset)
    scale = np.concatenate([mix.lexical, [1.0]]).astype(np.float32)
    single = _looked_up(b, "ids", weight, lexicon.pieces * scale, "pieces")
    one, minus = b.constant("one", np.array([1], np.int64)), b.axis(-1)
    end = b.constant("end", np.array([np.iinfo(np.int64).max]))
    zero = b.constant("zero", np.array([0], np.int64))
    first = b.node("Slice", ["ids", zero, minus, one], "pair.first")
    second = b.node("Slice", ["ids", one, end, one], "pair.second")
    both = [
        b.node("Mul", [side, b.constant(f"{side}.factor", np.array(factor))], f"{side}.part")
        for side, factor in ((first, lexical.FIRST), (second, lexical.SECOND))
    ]
    bins = b.constant("n_bins", np.array(lexical.N_BINS))
    pairs = b.node("Mod", [b.node("Add", both, "pair.sum"), bins], "pair.bin")
    kept = b.node("Slice", [weight, one, end, one], "pair.weight")
    double = _looked_up(b, pairs, kept, lexicon.pairs * scale, "pairs")
    sums = b.node("Add", [single, double], "lexical.sums")
    top = b.constant("lexical.n", np.array([n], np.int64))
    logit = b.node("Slice", [sums, zero, top, one], "lexical.sum")
    square = b.node("Slice", [sums, top, end, one], "lexical.square")
    floor = b.constant("lexical.floor", np.array(1e-6, np.float32))
    norm = b.node("Sqrt", [b.node("Max", [square, floor], "lexical.floored")], "lexical.norm")
    return b.node("Div", [logit, norm], "words")


def _looked_up(b: Builder, ids: str, weight: str, table: Floats, name: str) -> str:
    values, scale = lexical.quantised(table)
    if b.weights == "fp32":
        stored, scale = b.constant(f"{name}.f32", table), np.ones_like(scale)
        floats = b.node("Gather", [stored, ids], f"{name}.floats", axis=0)
    else:
        found = b.node("Gather", [b.constant(f"{name}.q8", values), ids], f"{name}.found", axis=0)
        floats = b.node("Cast", [found], f"{name}.floats", to=TensorProto.FLOAT)
    kept = b.node("Mul", [floats, weight], f"{name}.kept")
    total = b.node("ReduceSum", [kept, b.axis(1)], f"{name}.total", keepdims=0)
    return b.node("Mul", [total, b.constant(f"{name}.scale", scale)], f"{name}.sum")

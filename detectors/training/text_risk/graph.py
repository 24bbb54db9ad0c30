"""Writes the network and the lexical path as one ONNX graph.

Built node by node from ONNX Runtime's fused operators: small, the same every time, and
batch-invariant, since weights are quantised in blocks and activations (if at all) per row.
Input `ids` int64 [batch, tokens], padded with 1; output `scores` float32 [batch, labels].
"""

from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from detectors.training.text_risk import lexical
from detectors.training.text_risk.encoder import Q4Rows, Shape
from detectors.training.text_risk.lexical import Lexicon
from detectors.training.text_risk.model import N_LAYERS

Weights = Literal["fp32", "rows8", "q8", "q4"]
VARIANTS: tuple[Weights, ...] = ("fp32", "rows8", "q8", "q4")
SHIPPED: Weights = "rows8"
Floats = npt.NDArray[np.float32]
State = dict[str, npt.NDArray[np.float32]]

MAX_POSITIONS = 256
_PAD = 1
_BLOCK = 32
_CONTRIB = "com.microsoft"
_INT8_COMPUTE = 4
_OPSET = 17
_IR = 10


class Mix(msgspec.Struct, frozen=True):
    """Per label: logit = encoder * its logit + lexical * its logit + offset. Float32 [labels]."""

    encoder: Floats
    lexical: Floats
    offset: Floats


class _Builder:
    """Collects nodes and initialisers; names are unique by use."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(
        self, kind: str, inputs: list[str], output: str, domain: str = "",
        **attributes: float | int | str | list[int],
    ) -> str:  # fmt: skip
        self.nodes.append(
            helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes)
        )
        return output

    def split3(self, source: str, name: str) -> list[str]:
        outputs = [f"{name}.{part}" for part in "qkv"]
        self.nodes.append(
            helper.make_node(
                "Split", [source, self.constant(f"{name}.sizes", np.array([384] * 3))], outputs,
                name=name, axis=2,
            )
        )  # fmt: skip
        return outputs

    def linear(self, source: str, name: str, weight: Floats, bias: Floats | None) -> str:
        """`weight` is [out, in]."""
        if self.weights == "fp32":
            product = self.node(
                "MatMul", [source, self.constant(f"{name}.w", weight.T.copy())], f"{name}.product"
            )
        elif self.weights == "rows8":
            product = self._rowwise(source, name, weight)
        else:
            product = self._blocked(source, name, weight)
        if bias is None:
            return product
        return self.node("Add", [product, self.constant(f"{name}.b", bias)], f"{name}.out")

    def _rowwise(self, source: str, name: str, weight: Floats) -> str:
        """Int8 product with one activation scale per token, so no text sees its neighbours."""
        size, one, zero = self._quantiser()
        absolute = self.node("Abs", [source], f"{name}.abs")
        largest = self.node("ReduceMax", [absolute], f"{name}.largest", axes=[-1], keepdims=1)
        step = self.node("Div", [largest, size], f"{name}.step")
        scaled = self.node("Div", [source, step], f"{name}.scaled")
        levels = self.node("QuantizeLinear", [scaled, one, zero], f"{name}.levels")
        values, scales = columnwise(weight)
        product = self.node(
            "MatMulIntegerToFloat",
            [
                levels, self.constant(f"{name}.w", values), one,
                self.constant(f"{name}.s", scales), zero,
            ],
            f"{name}.integer",
            _CONTRIB,
        )  # fmt: skip
        return self.node("Mul", [product, step], f"{name}.product")

    def _quantiser(self) -> tuple[str, str, str]:
        names = ("levels.size", "levels.one", "levels.zero")
        if names[0] not in {c.name for c in self.constants}:
            self.constant(names[0], np.array(127, np.float32))
            self.constant(names[1], np.array(1, np.float32))
            self.constant(names[2], np.array(128, np.uint8))
        return names

    def _blocked(self, source: str, name: str, weight: Floats) -> str:
        bits = 8 if self.weights == "q8" else 4
        values, scales = blockwise(weight, bits)
        return self.node(
            "MatMulNBits",
            [source, self.constant(f"{name}.w", values), self.constant(f"{name}.s", scales)],
            f"{name}.product",
            domain=_CONTRIB,
            K=weight.shape[1],
            N=weight.shape[0],
            bits=bits,
            block_size=_BLOCK,
            accuracy_level=_INT8_COMPUTE,
        )


def columnwise(weight: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Int8 [in, out] within +-63 and float32 scales [out].

    Seven bits: two products of larger weights overflow the 16-bit sums of AVX2.
    """
    scales = np.maximum(np.abs(weight).max(axis=1) / 63, 1e-9).astype(np.float32)
    return np.round(weight / scales[:, None]).astype(np.int8).T.copy(), scales


def blockwise(weight: Floats, bits: int) -> tuple[npt.NDArray[np.uint8], Floats]:
    """Symmetric block quantisation as `MatMulNBits` wants it.

    Returns:
        uint8 [out, blocks, 32 * bits / 8] with the zero at 2^(bits-1), and float32 scales
        [out * blocks].
    """
    out = weight.shape[0]
    blocks = weight.reshape(out, -1, _BLOCK)
    zero = 1 << (bits - 1)
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)
    scale = np.where(extreme == 0, 1.0, -extreme / zero).astype(np.float32)
    levels = np.clip(np.round(blocks / scale) + zero, 0, 2 * zero - 1).astype(np.uint8)
    if bits == 4:  # noqa: PLR2004
        levels = levels[..., 0::2] | (levels[..., 1::2] << 4)
    return levels, scale.reshape(-1)


def build(
    path: Path, shape: Shape, words: Q4Rows, state: State, lexicon: Lexicon, mix: Mix,
    weights: Weights,
) -> None:  # fmt: skip
    """Writes the graph.

    Args:
        path: The file to write.
        shape: Sizes of the encoder.
        words: The kept rows of the word embeddings, in their stored 4 bits.
        state: The network's parameters under `bert.` and `heads.`.
        lexicon: The lexical path.
        mix: How the two are added.
        weights: How the encoder's matrices are stored.
    """
    b = _Builder(weights)
    pad = b.constant("pad", np.array(_PAD, np.int64))
    is_token = b.node("Not", [b.node("Equal", ["ids", pad], "is_pad")], "is_token")
    mask = b.node("Cast", [is_token], "mask", to=TensorProto.INT32)
    weight = b.node(
        "Unsqueeze",
        [b.node("Cast", [is_token], "mask_f", to=TensorProto.FLOAT), _axis(b, -1)],
        "mask_weight",
    )
    states = _embed(b, words, state, shape)
    for layer in range(N_LAYERS):
        states = _layer(b, states, mask, state, layer, shape)
    total = b.node(
        "ReduceSum", [b.node("Mul", [states, weight], "kept"), _axis(b, 1)], "total", keepdims=0
    )
    count = b.node("ReduceSum", [weight, _axis(b, 1)], "n_tokens", keepdims=0)
    pooled = b.node("Div", [total, count], "pooled")
    n = len(mix.offset)
    heads = (state["heads.weight"][:n] * mix.encoder[:, None]).T.astype(np.float32).copy()
    offset = state["heads.bias"][:n] * mix.encoder + mix.offset + lexicon.bias * mix.lexical
    from_encoder = b.node("MatMul", [pooled, b.constant("heads.w", heads)], "from_encoder")
    from_words = _lexical(b, weight, lexicon, mix)
    added = b.node("Add", [from_encoder, from_words], "added")
    logits = b.node("Add", [added, b.constant("heads.b", offset.astype(np.float32))], "logits")
    b.node("Sigmoid", [logits], "scores")
    _save(b, path, n)


def _save(b: _Builder, path: Path, n_labels: int) -> None:
    graph = helper.make_graph(
        b.nodes,
        "text.risk",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "tokens"])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", n_labels])],
        b.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="tidegate", ir_version=_IR)
    path.write_bytes(model.SerializeToString())


def _axis(b: _Builder, axis: int) -> str:
    name = f"axis.{axis}"
    if name not in {c.name for c in b.constants}:
        b.constant(name, np.array([axis], np.int64))
    return name


def _norm(b: _Builder, source: str, name: str, state: State, key: str, epsilon: float) -> str:
    gamma = b.constant(f"{name}.gamma", state[f"{key}.weight"])
    beta = b.constant(f"{name}.beta", state[f"{key}.bias"])
    return b.node("LayerNormalization", [source, gamma, beta], name, axis=-1, epsilon=epsilon)


def _embed(b: _Builder, words: Q4Rows, state: State, shape: Shape) -> str:
    nibbles, scales = words
    signed = ((nibbles.astype(np.int8) - 8) & 0x0F).astype(np.uint8)
    packed = signed[:, 0::2] | (signed[:, 1::2] << 4)
    b.constants.append(
        helper.make_tensor(
            "words.q4", TensorProto.INT4, list(nibbles.shape), packed.tobytes(), raw=True
        )
    )
    b.constant("words.scale", scales.astype(np.float16))
    half = b.node(
        "GatherBlockQuantized", ["words.q4", "ids", "words.scale"], "words.half", _CONTRIB,
        block_size=_BLOCK, gather_axis=0, quantize_axis=1,
    )  # fmt: skip
    found = b.node("Cast", [half], "words", to=TensorProto.FLOAT)
    prefix = "bert.embeddings."
    places = (
        state[prefix + "position_embeddings.weight"][:MAX_POSITIONS]
        + state[prefix + "token_type_embeddings.weight"][0]
    )
    length = b.node("Shape", ["ids"], "n_tokens_in", start=1, end=2)
    zero = b.constant("zero", np.array([0], np.int64))
    table = b.constant("places", places.astype(np.float32))
    at = b.node("Slice", [table, zero, length, _axis(b, 0)], "places.used")
    summed = b.node("Add", [found, at], "embedded")
    return _norm(b, summed, "embedded.norm", state, prefix + "LayerNorm", shape.epsilon)


def _layer(b: _Builder, states: str, mask: str, state: State, layer: int, shape: Shape) -> str:
    key, name = f"bert.encoder.layer.{layer}", f"l{layer}"
    own = [state[f"{key}.attention.self.{part}.weight"] for part in ("query", "key", "value")]
    bias = [state[f"{key}.attention.self.{part}.bias"] for part in ("query", "key", "value")]
    mixed = b.linear(states, f"{name}.qkv", np.concatenate(own), np.concatenate(bias))
    q, k, v = b.split3(mixed, f"{name}.split")
    attended = b.node(
        "MultiHeadAttention", [q, k, v, "", mask], f"{name}.attention", _CONTRIB,
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
    active = b.node("BiasGelu", [wide, wide_bias], f"{name}.gelu", _CONTRIB)
    out = f"{key}.output"
    narrow = b.linear(
        active, f"{name}.fo", state[f"{out}.dense.weight"], state[f"{out}.dense.bias"]
    )
    summed = b.node("Add", [narrow, states], f"{name}.f.sum")
    return _norm(b, summed, f"{name}.f.norm", state, f"{out}.LayerNorm", shape.epsilon)


def _lexical(b: _Builder, weight: str, lexicon: Lexicon, mix: Mix) -> str:
    n = len(mix.offset)
    scale = np.concatenate([mix.lexical, [1.0]]).astype(np.float32)
    single = _looked_up(b, "ids", weight, lexicon.pieces * scale, "pieces")
    one, minus = b.constant("one", np.array([1], np.int64)), _axis(b, -1)
    end = b.constant("end", np.array([np.iinfo(np.int64).max]))
    zero = "zero"
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
    return b.node("Div", [logit, norm], "lexical.logit")


def _looked_up(b: _Builder, ids: str, weight: str, table: Floats, name: str) -> str:
    values, scale = lexical.quantised(table)
    found = b.node("Gather", [b.constant(f"{name}.q8", values), ids], f"{name}.found", axis=0)
    floats = b.node("Cast", [found], f"{name}.floats", to=TensorProto.FLOAT)
    kept = b.node("Mul", [floats, weight], f"{name}.kept")
    total = b.node("ReduceSum", [kept, _axis(b, 1)], f"{name}.total", keepdims=0)
    return b.node("Mul", [total, b.constant(f"{name}.scale", scale)], f"{name}.sum")

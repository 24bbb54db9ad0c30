import base64
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("onnx")

import onnxruntime as ort

from detectors.training.image_nsfw import graph, tfjs
from detectors.training.image_nsfw.builder import UnknownLayer
from detectors.training.image_nsfw.tfjs import Config, Layer, Network, NotThePackage, Weight

Floats = npt.NDArray[np.float32]
RNG = np.random.default_rng(5)


def layer(name: str, kind: str, *before: str, config: Config | None = None) -> Layer:
    nodes = tuple((one, 0, 0, dict[str, int]()) for one in before)
    return Layer(name, kind, config or Config(), (nodes,) if nodes else ())


def weight(*shape: int, zero: int = 120, scale: float = 0.01) -> Weight:
    values = RNG.integers(0, 256, shape, dtype=np.uint8)
    return Weight(values, scale, -zero * scale)


def positive(*shape: int) -> Weight:
    return Weight(RNG.integers(0, 256, shape, dtype=np.uint8), 0.01, 0.5)


def given(side_px: int) -> Layer:
    return layer("in", "InputLayer", config=Config(batch_input_shape=(None, side_px, side_px, 3)))


def run(network: Network, values: Floats) -> Floats:
    model = graph.converted(network, doc="test").SerializeToString()
    options = ort.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    found: Floats = session.run(None, {"pixels": values})[0]
    return found


def same(values: Floats, kernel: Floats, stride: int) -> Floats:
    """TensorFlow's "same" convolution, written out: what is over goes to the bottom and right."""
    side = values.shape[0]
    n_out = -(-side // stride)
    over = max(0, (n_out - 1) * stride + kernel.shape[0] - side)
    padded = np.pad(values, ((over // 2, over - over // 2),) * 2 + ((0, 0),))
    found = np.zeros((n_out, n_out, kernel.shape[3]), np.float32)
    for row in range(n_out):
        for column in range(n_out):
            seen = padded[
                row * stride : row * stride + kernel.shape[0],
                column * stride : column * stride + kernel.shape[1],
            ]
            found[row, column] = np.einsum("hwi,hwio->o", seen, kernel)
    return found


def test_convolution_and_normalisation_are_as_keras_has_them() -> None:
    """An even side and a stride of two: the padding must not be symmetric."""
    weights = {
        "conv/kernel": weight(3, 3, 3, 4),
        "bn/gamma": positive(4),
        "bn/beta": weight(4),
        "bn/moving_mean": weight(4),
        "bn/moving_variance": positive(4),
        "last/kernel": weight(4 * 4 * 4, 5),
        "last/bias": weight(5),
    }
    network = Network(
        (
            given(8),
            layer(
                "conv",
                "Conv2D",
                "in",
                config=Config(kernel_size=(3, 3), strides=(2, 2), padding="same", use_bias=False),
            ),
            layer("bn", "BatchNormalization", "conv", config=Config(epsilon=0.001)),
            layer("relu", "ReLU", "bn", config=Config(max_value=6.0)),
            layer("flat", "Flatten", "relu"),
            layer("last", "Dense", "flat", config=Config(activation="softmax")),
        ),
        weights,
    )
    values = RNG.random((8, 8, 3)).astype(np.float32)
    held = {name: one.values().astype(np.float32) for name, one in weights.items()}
    seen = same(values, held["conv/kernel"], 2)
    seen = (seen - held["bn/moving_mean"]) / np.sqrt(held["bn/moving_variance"] + 0.001)
    seen = np.clip(seen * held["bn/gamma"] + held["bn/beta"], 0, 6)
    logits = seen.reshape(-1) @ held["last/kernel"] + held["last/bias"]
    powers = np.exp(logits - logits.max())
    found = run(network, values[None])[0]
    assert found == pytest.approx(powers / powers.sum(), abs=1e-5)


def test_depthwise_pooling_padding_and_joins() -> None:
    weights = {
        "deep/depthwise_kernel": weight(3, 3, 3, 1),
        "last/kernel": weight(6, 2),
        "last/bias": weight(2),
    }
    network = Network(
        (
            given(4),
            layer("pad", "ZeroPadding2D", "in", config=Config(padding=((0, 1), (0, 1)))),
            layer(
                "deep",
                "DepthwiseConv2D",
                "pad",
                config=Config(kernel_size=(3, 3), strides=(2, 2), use_bias=False),
            ),
            layer("most", "MaxPooling2D", "deep", config=Config(pool_size=(2, 2))),
            layer("mean", "AveragePooling2D", "deep", config=Config(pool_size=(2, 2))),
            layer("both", "Concatenate", "most", "mean"),
            layer("drop", "Dropout", "both"),
            layer("flat", "Flatten", "drop"),
            layer("last", "Dense", "flat"),
        ),
        weights,
    )
    values = RNG.random((4, 4, 3)).astype(np.float32)
    held = {name: one.values().astype(np.float32) for name, one in weights.items()}
    padded = np.pad(values, ((0, 1), (0, 1), (0, 0)))
    deep = np.array(
        [
            [
                (padded[r : r + 3, c : c + 3] * held["deep/depthwise_kernel"][..., 0]).sum((0, 1))
                for c in (0, 2)
            ]
            for r in (0, 2)
        ]
    )
    both = np.concatenate([deep.max((0, 1)), deep.mean((0, 1))])
    expected = both @ held["last/kernel"] + held["last/bias"]
    assert run(network, values[None])[0] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("layers", "cause"),
    [
        ((layer("x", "LSTM", "in"),), "x is a LSTM"),
        ((layer("x", "Activation", "in", config=Config(activation="tanh")),), "by tanh"),
        ((layer("x", "BatchNormalization", "in"),), "follows no convolution"),
        (
            (layer("x", "MaxPooling2D", "in", config=Config(padding="causal")),),
            "padded causal",
        ),
    ],
)
def test_what_is_not_known_is_refused(layers: tuple[Layer, ...], cause: str) -> None:
    with pytest.raises(UnknownLayer, match=cause):
        graph.converted(Network((given(8), *layers), {}), doc="")


def packed(folder: Path, script: str, shard: str) -> Path:
    path = folder / "package.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (("model.min.js", script), ("group1-shard1of1.min.js", shard)):
            member = tarfile.TarInfo(f"package/dist/models/small/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


SCRIPT = (
    "f({1:[function(e,a,n){a.exports={modelTopology:{model_config:{config:{layers:["
    '{name:"in",class_name:"InputLayer",config:{batch_input_shape:[null,4,4,3],sparse:!1},'
    'inbound_nodes:[]},{name:"out",class_name:"Dense",config:{use_bias:!0,activation:"relu"},'
    'inbound_nodes:[[["in",0,0,{}]]]}]}}},weightsManifest:[{paths:["group1-shard1of1"],weights:['
    '{name:"out/kernel",shape:[40,20],dtype:"float32",quantization:{min:-.5,scale:.01,'
    'dtype:"uint8"}}]}]}},{}]},{},[1])(1)});'
)


def test_the_package_is_read(tmp_path: Path) -> None:
    content = bytes(number % 256 for number in range(800))
    shard = f'a.exports="{base64.b64encode(content).decode()}"'
    found = tfjs.read(packed(tmp_path, SCRIPT, shard), "small")
    assert [one.name for one in found.layers] == ["in", "out"]
    assert found.layers[1].before == ["in"]
    assert found.layers[1].config.activation == "relu"
    kernel = found.weights["out/kernel"]
    assert kernel.bytes.tobytes() == content
    assert kernel.values()[0, 0] == pytest.approx(-0.5)


@pytest.mark.parametrize(
    ("script", "shard", "cause"),
    [
        ("nothing", "", "exports no model"),
        (SCRIPT, "a.exports=1", "exports none"),
        (SCRIPT, json.dumps(base64.b64encode(bytes(900)).decode()), "belong to none"),
    ],
)
def test_another_package_is_refused(tmp_path: Path, script: str, shard: str, cause: str) -> None:
    with pytest.raises(NotThePackage, match=cause):
        tfjs.read(packed(tmp_path, script, shard), "small")


def test_a_model_that_is_not_in_the_package(tmp_path: Path) -> None:
    with pytest.raises(NotThePackage, match="no package/dist/models/large"):
        tfjs.read(packed(tmp_path, SCRIPT, ""), "large")

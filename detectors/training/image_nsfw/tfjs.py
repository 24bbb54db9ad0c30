"""Reads the models in npm's `nsfwjs` package: Keras layers, and weights of eight bits."""

import base64
import re
import tarfile
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$]*(?=:)|!0|!1|(?<![\w.])\.(?=\d)')
"""What minified JavaScript writes otherwise than JSON: names, truth, numbers below one."""
_WORDS: Final = {"!0": "true", "!1": "false", ".": "0."}
_QUOTED: Final = re.compile(r'"([A-Za-z0-9+/=]{1000,})"')


class Quantization(Struct, frozen=True):
    """How bytes become numbers: `byte * scale + min`."""

    min: float
    scale: float
    dtype: str


class Spec(Struct, frozen=True):
    """A weight as the manifest has it."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    quantization: Quantization


class Group(Struct, frozen=True):
    """Weights that lie one behind the other in files one behind the other."""

    paths: tuple[str, ...]
    weights: tuple[Spec, ...]


class Config(Struct, frozen=True):
    """What layers may be told, those of all kinds together."""

    batch_input_shape: tuple[int | None, ...] = ()
    kernel_size: tuple[int, int] = (1, 1)
    pool_size: tuple[int, int] = (1, 1)
    strides: tuple[int, int] = (1, 1)
    padding: str | tuple[tuple[int, int], tuple[int, int]] = "valid"
    activation: str = "linear"
    use_bias: bool = True
    epsilon: float = 0.0
    max_value: float | None = None


class Layer(Struct, frozen=True):
    """A layer, and the names of those before it."""

    name: str
    class_name: str
    config: Config
    inbound_nodes: tuple[tuple[tuple[str, int, int, dict[str, int]], ...], ...] = ()

    @property
    def before(self) -> list[str]:
        """The layers whose outputs it takes."""
        return [node[0] for nodes in self.inbound_nodes for node in nodes]


class _Model(Struct, frozen=True):
    layers: tuple[Layer, ...]


class _ModelConfig(Struct, frozen=True):
    config: _Model


class _Topology(Struct, frozen=True):
    model_config: _ModelConfig


class _File(Struct, frozen=True, rename="camel"):
    model_topology: _Topology
    weights_manifest: tuple[Group, ...]


class Weight(Struct, frozen=True, eq=False):
    """A weight's bytes, and how they become numbers."""

    bytes: npt.NDArray[np.uint8]
    scale: float
    min: float

    def values(self) -> npt.NDArray[np.float64]:
        """The numbers."""
        return np.asarray(self.bytes * np.float64(self.scale) + self.min)


class Network(Struct, frozen=True, eq=False):
    """Layers in order, and weights by name (`dense_1/kernel`)."""

    layers: tuple[Layer, ...]
    weights: dict[str, Weight]


class NotThePackage(ValueError):
    """The file is not nsfwjs' package, or its model is not of the form known."""


def read(package: Path, model: str) -> Network:
    """Gives a model of nsfwjs' package (`npm pack nsfwjs@4.3.0`). Raises NotThePackage."""
    with tarfile.open(package) as archive:
        folder = f"package/dist/models/{model}"
        file = _parsed(_text(archive, f"{folder}/model.min.js"))
        weights: dict[str, Weight] = {}
        for group in file.weights_manifest:
            content = b"".join(
                _shard(_text(archive, f"{folder}/{path}.min.js")) for path in group.paths
            )
            weights |= _weights(group, content)
    return Network(file.model_topology.model_config.config.layers, weights)


def _text(archive: tarfile.TarFile, name: str) -> str:
    try:
        file = archive.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        message = f"no {name} in the package"
        raise NotThePackage(message)
    return file.read().decode("utf-8")


def _parsed(script: str) -> _File:
    start, end = script.find(".exports={modelTopology"), script.rfind("},{}]")
    if start < 0 or end < 0:
        message = "the model's script exports no model"
        raise NotThePackage(message)
    literal = script[start + len(".exports=") : end]
    return msgspec.json.decode(_TOKEN.sub(_json, literal), type=_File)


def _json(found: re.Match[str]) -> str:
    token = found[0]
    if token.startswith('"'):
        return token
    return _WORDS.get(token, f'"{token}"')


def _shard(script: str) -> bytes:
    found = _QUOTED.search(script)
    if found is None:
        message = "a script of weights exports none"
        raise NotThePackage(message)
    return base64.b64decode(found[1])


def _weights(group: Group, content: bytes) -> dict[str, Weight]:
    found: dict[str, Weight] = {}
    start = 0
    for spec in group.weights:
        if spec.quantization.dtype != "uint8":
            message = f"{spec.name} is {spec.quantization.dtype}, not uint8"
            raise NotThePackage(message)
        end = start + int(np.prod(spec.shape))
        values = np.frombuffer(content[start:end], np.uint8).reshape(spec.shape)
        found[spec.name] = Weight(values, spec.quantization.scale, spec.quantization.min)
        start = end
    if start != len(content):
        message = f"{len(content) - start} bytes of weights belong to none"
        raise NotThePackage(message)
    return found

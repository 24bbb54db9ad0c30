"""The small network of the example, in torch and as an ONNX graph."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from detectors.image.classifier.preparation import prepared
from detectors.network_card import PixelTable
from detectors.training.image_clipart.rows import WHITE, Row, changed

PIXELS: Final = PixelTable(
    width_px=64,
    height_px=64,
    resize="pad",
    fill=WHITE,
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
)
CLASSES: Final = ("other", "weapon")
CHANNELS: Final = (3, 12, 24, 32, 48)
OPSET: Final = 17
N_EPOCHS: Final = 40
BATCH: Final = 32
POSITIVE_WEIGHT: Final = 4.0


class Small(nn.Module):  # type: ignore[misc, unused-ignore]
    """Four convolutions, each halving the sides; the mean over all places; two classes."""

    def __init__(self) -> None:
        super().__init__()
        sizes = list(pairwise(CHANNELS))
        self.layers = nn.ModuleList(nn.Conv2d(*size, 3, stride=2, padding=1) for size in sizes)
        self.last = nn.Linear(2 * CHANNELS[-1], len(CLASSES))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Gives logits of the classes."""
        for layer in self.layers:
            values = torch.relu(layer(values))
        seen = torch.cat([values.mean((2, 3)), values.amax((2, 3))], 1)
        logits: torch.Tensor = self.last(seen)
        return logits


def trained(rows: Sequence[Row], seed: int) -> Small:
    """Trains on changed copies of the rows; the same rows and seed give the same network."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Small()
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2)
    n_steps = N_EPOCHS * -(-len(rows) // BATCH)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, n_steps)
    loss_of = nn.CrossEntropyLoss(torch.tensor([1.0, POSITIVE_WEIGHT]))
    wanted = np.array([row.is_weapon for row in rows], np.int64)
    for _ in range(N_EPOCHS):
        order = rng.permutation(len(rows))
        for start in range(0, len(rows), BATCH):
            chosen = order[start : start + BATCH]
            values = [prepared(changed(rows[one].small, rng), PIXELS) for one in chosen]
            given = torch.from_numpy(np.concatenate(values))
            loss = loss_of(network(given), torch.from_numpy(wanted[chosen]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            plan.step()
    return network.eval()  # type: ignore[no-any-return, unused-ignore]


def scores(network: Small, rows: Sequence[Row]) -> list[float]:
    """Gives the probability of a weapon in each row."""
    with torch.no_grad():
        given = torch.from_numpy(np.concatenate([prepared(row.pixels, PIXELS) for row in rows]))
        found: list[float] = torch.softmax(network(given), 1)[:, 1].tolist()
    return found


def exported(network: Small) -> bytes:
    """Gives the network as ONNX: `pixels` float32 [batch, 3, 64, 64] -> `logits` [batch, 2]."""
    nodes, weights, name = [], [], "pixels"
    for number, layer in enumerate(network.layers):
        for role, values in (("weight", layer.weight), ("bias", layer.bias)):
            held = values.detach().numpy()  # type: ignore[operator, unused-ignore]
            weights.append(numpy_helper.from_array(held, f"{role}{number}"))
        nodes.append(
            helper.make_node(
                "Conv",
                [name, f"weight{number}", f"bias{number}"],
                [f"conv{number}"],
                strides=[2, 2],
                pads=[1, 1, 1, 1],
            )
        )
        name = f"seen{number}"
        nodes.append(helper.make_node("Relu", [f"conv{number}"], [name]))
    nodes += [
        helper.make_node("GlobalAveragePool", [name], ["mean"]),
        helper.make_node("GlobalMaxPool", [name], ["most"]),
        helper.make_node("Concat", ["mean", "most"], ["both"], axis=1),
        helper.make_node("Flatten", ["both"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weight", "bias"], ["logits"], transB=1),
    ]
    weights.append(numpy_helper.from_array(network.last.weight.detach().numpy(), "weight"))
    weights.append(numpy_helper.from_array(network.last.bias.detach().numpy(), "bias"))
    sides = [PIXELS.height_px, PIXELS.width_px]
    graph = helper.make_graph(
        nodes,
        "clipart_weapon",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["batch", 3, *sides])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(CLASSES)])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content

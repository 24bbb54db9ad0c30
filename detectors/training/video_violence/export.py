"""The model as an ONNX graph: `numbers` float32 [rows, numbers] -> `score` float32 [rows, 1]."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import onnx
from msgspec import Struct
from onnx import TensorProto, helper, numpy_helper

from detectors.training.video_violence.fit import LEAST, Model
from detectors.video.motion import NAMES

OPSET: Final = 17
TREES_OPSET: Final = 3


def graph(model: Model) -> onnx.ModelProto:
    """Gives the graph, checked."""
    weights = model.line.coef_[0] / model.scaler.scale_
    bias = float(model.line.intercept_[0]) - float((weights * model.scaler.mean_).sum())
    constants = {
        "weights": weights[:, None],
        "bias": np.array([bias]),
        "least": np.array(LEAST),
        "most": np.array(1 - LEAST),
        "one": np.array([1.0]),
        "slope": np.array([model.slope / 2]),
        "shift": np.array([model.shift]),
    }
    nodes = [
        _forest(model),
        helper.make_node("MatMul", ["numbers", "weights"], ["weighed"]),
        helper.make_node("Add", ["weighed", "bias"], ["line"]),
        helper.make_node("Clip", ["share", "least", "most"], ["believed"]),
        helper.make_node("Sub", ["one", "believed"], ["rest"]),
        helper.make_node("Div", ["believed", "rest"], ["odds"]),
        helper.make_node("Log", ["odds"], ["forest"]),
        helper.make_node("Add", ["line", "forest"], ["both"]),
        helper.make_node("Mul", ["both", "slope"], ["sloped"]),
        helper.make_node("Add", ["sloped", "shift"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["score"]),
    ]
    built = helper.make_model(
        helper.make_graph(
            nodes,
            "video_violence",
            [helper.make_tensor_value_info("numbers", TensorProto.FLOAT, ["rows", len(NAMES)])],
            [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["rows", 1])],
            [
                numpy_helper.from_array(np.asarray(value, np.float32), name)
                for name, value in constants.items()
            ],
        ),
        opset_imports=[
            helper.make_opsetid("", OPSET),
            helper.make_opsetid("ai.onnx.ml", TREES_OPSET),
        ],
        ir_version=8,
    )
    onnx.checker.check_model(built)
    return built


class _Node(Struct, frozen=True, kw_only=True):
    """A node of a tree; of a leaf only the share counts."""

    tree: int
    number: int
    mode: str
    feature: int = 0
    limit: float = 0.0
    low: int = 0
    high: int = 0
    share: float = 0.0


def _nodes(model: Model) -> Iterator[_Node]:
    for number, fitted in enumerate(model.forest.estimators_):
        tree = fitted.tree_
        for node in range(tree.node_count):
            if tree.children_left[node] < 0:
                counts = tree.value[node][0]
                share = float(counts[1] / counts.sum())
                yield _Node(tree=number, number=node, mode="LEAF", share=share)
            else:
                yield _Node(
                    tree=number,
                    number=node,
                    mode="BRANCH_LEQ",
                    feature=int(tree.feature[node]),
                    limit=_below(float(tree.threshold[node])),
                    low=int(tree.children_left[node]),
                    high=int(tree.children_right[node]),
                )


def _forest(model: Model) -> onnx.NodeProto:
    """The forest as one node: the mean over trees of the share of fights in a leaf."""
    nodes = list(_nodes(model))
    leaves = [one for one in nodes if one.mode == "LEAF"]
    n_trees = len(model.forest.estimators_)
    return helper.make_node(
        "TreeEnsembleRegressor",
        ["numbers"],
        ["share"],
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_treeids=[one.tree for one in nodes],
        nodes_nodeids=[one.number for one in nodes],
        nodes_featureids=[one.feature for one in nodes],
        nodes_values=[one.limit for one in nodes],
        nodes_modes=[one.mode for one in nodes],
        nodes_truenodeids=[one.low for one in nodes],
        nodes_falsenodeids=[one.high for one in nodes],
        target_treeids=[one.tree for one in leaves],
        target_nodeids=[one.number for one in leaves],
        target_ids=[0] * len(leaves),
        target_weights=[one.share / n_trees for one in leaves],
    )


def _below(limit: float) -> float:
    """The greatest float32 that is not above a limit: what is compared with it is float32 too."""
    single = np.float32(limit)
    if float(single) > limit:
        single = np.nextafter(single, np.float32(-np.inf))
    return float(single)

"""The model as an ONNX graph: `numbers` float32 [rows, numbers] -> `score` float32 [rows, 1]."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import onnx
from msgspec import Struct
from onnx import TensorProto, helper, numpy_helper

from detectors.training.video_violence.fit import LEAST, LENIENCE, Doubles, Model, Opinion
from detectors.video.motion import NAMES

OPSET: Final = 17
TREES_OPSET: Final = 3


def graph(model: Model) -> onnx.ModelProto:
    """Gives the graph, checked."""
    constants = {
        "least": np.array(LEAST),
        "most": np.array(1 - LEAST),
        "one": np.array([1.0]),
        "half": np.array([0.5]),
        "lenience": np.array([LENIENCE]),
        "slope": np.array([model.slope]),
        "shift": np.array([model.shift]),
        **_line("fight", model.fight),
        **_line("filmed", model.filmed),
    }
    nodes = [
        *_opinion("fight", model.fight),
        *_opinion("filmed", model.filmed),
        helper.make_node("Add", ["filmed_logit", "lenience"], ["lenient"]),
        helper.make_node("Sigmoid", ["fight_logit"], ["fight_chance"]),
        helper.make_node("Sigmoid", ["lenient"], ["filmed_chance"]),
        helper.make_node("Mul", ["fight_chance", "filmed_chance"], ["both"]),
        *_log_odds("both", "raw"),
        helper.make_node("Mul", ["raw", "slope"], ["sloped"]),
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


def _line(name: str, opinion: Opinion) -> dict[str, Doubles]:
    """Weights and bias of a logistic regression, with the scaling in them."""
    weights = opinion.line.coef_[0] / opinion.scaler.scale_
    bias = float(opinion.line.intercept_[0]) - float((weights * opinion.scaler.mean_).sum())
    return {f"{name}_weights": weights[:, None], f"{name}_bias": np.array([bias])}


def _opinion(name: str, opinion: Opinion) -> list[onnx.NodeProto]:
    """From `numbers` to the opinion's log odds, `{name}_logit`."""
    return [
        _forest(opinion, f"{name}_share"),
        helper.make_node("MatMul", ["numbers", f"{name}_weights"], [f"{name}_weighed"]),
        helper.make_node("Add", [f"{name}_weighed", f"{name}_bias"], [f"{name}_line"]),
        helper.make_node("Clip", [f"{name}_share", "least", "most"], [f"{name}_believed"]),
        *_log_odds(f"{name}_believed", f"{name}_forest"),
        helper.make_node("Add", [f"{name}_line", f"{name}_forest"], [f"{name}_sum"]),
        helper.make_node("Mul", [f"{name}_sum", "half"], [f"{name}_logit"]),
    ]


def _log_odds(given: str, to: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Sub", ["one", given], [f"{to}_rest"]),
        helper.make_node("Div", [given, f"{to}_rest"], [f"{to}_odds"]),
        helper.make_node("Log", [f"{to}_odds"], [to]),
    ]


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


def _nodes(opinion: Opinion) -> Iterator[_Node]:
    for number, fitted in enumerate(opinion.forest.estimators_):
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


def _forest(opinion: Opinion, to: str) -> onnx.NodeProto:
    """The forest as one node: the mean over trees of the share of what is sought in a leaf."""
    nodes = list(_nodes(opinion))
    leaves = [one for one in nodes if one.mode == "LEAF"]
    n_trees = len(opinion.forest.estimators_)
    return helper.make_node(
        "TreeEnsembleRegressor",
        ["numbers"],
        [to],
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

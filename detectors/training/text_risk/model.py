"""The trained network: the encoder's lower layers, mean pooling, one logit per target."""

from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from transformers import BertConfig, BertModel

from detectors.training.text_risk import encoder
from detectors.training.text_risk.rows import TARGETS

N_LAYERS = 6
"""Of 12: half the time of training and of every prediction."""
N_FROZEN = 2
"""Lowest layers that stay as they are, beside the word embeddings."""
MAX_TOKENS = 48
"""Of a training text; longer ones are cut. Prediction reads more (see the detector)."""
_SEED = 0


class Network(nn.Module):  # type: ignore[misc, unused-ignore]
    """Ids and mask, int64 [batch, tokens] -> logits float32 [batch, targets]."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.Linear(config.hidden_size, len(TARGETS))

    def pooled(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Mean over the unmasked states, float32 [batch, hidden]."""
        states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(states.dtype)
        return cast("torch.Tensor", (states * weight).sum(1) / weight.sum(1))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits of every target."""
        return cast("torch.Tensor", self.heads(self.dropout(self.pooled(ids, mask))))


def config_of(shape: encoder.Shape, n_vocab: int, n_layers: int = N_LAYERS) -> BertConfig:
    """The Hugging Face configuration of the kept part of the encoder."""
    return BertConfig(
        vocab_size=n_vocab,
        hidden_size=shape.hidden,
        num_hidden_layers=n_layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.ffn,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.types,
        layer_norm_eps=shape.epsilon,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=1,
    )


def fresh(stored: encoder.Stored, keep: npt.NDArray[np.int64], n_layers: int = N_LAYERS) -> Network:
    """The network before fine-tuning, with the lowest `n_layers` and the pieces in `keep` alone."""
    torch.manual_seed(_SEED)
    network = Network(config_of(stored.shape, len(keep), n_layers))
    state = encoder.bert_state(stored, n_layers)
    words = "embeddings.word_embeddings.weight"
    state[words] = state[words][keep]
    network.bert.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})
    for name, parameter in network.bert.named_parameters():
        layer = name.split(".")[2] if name.startswith("encoder.layer.") else None
        if name.startswith("embeddings.") or (layer is not None and int(layer) < N_FROZEN):
            parameter.requires_grad_(False)
    return network


def load(path: Path, shape: encoder.Shape, n_vocab: int, n_layers: int = N_LAYERS) -> Network:
    """A network saved by `fit`, ready to predict."""
    network = Network(config_of(shape, n_vocab, n_layers))
    network.load_state_dict(torch.load(path, weights_only=True)["network"])
    network.eval()
    return network

"""The per-event torch pipeline that the text model is compared with; runs as a process of its own.

`python -m streams.bench.torch_events N_TEXTS SEED THREADS` decodes a JSON event, tokenises its
text, runs the module and makes the signals, one event at a time, as a service without batching
would. It reads no Kafka, which flatters it. Prints one JSON object. Needs the extra `train`.
"""

import sys
import time
from datetime import UTC, datetime
from typing import Final

import msgspec
import torch

from detectors import card as cards
from detectors.text.risk.detector import MODEL_ID
from detectors.training.text_risk.torch_model import encode, load_shipped
from schemas.events import ChatroomMessage
from schemas.signals import Signal
from streams.bench import chat
from streams.bench.torch_side import TorchRate

N_WARM_UP: Final = 20


def measure(n: int, *, seed: int, n_threads: int) -> TorchRate:
    """Gives the events a second of the torch pipeline, one event at a time."""
    torch.set_num_threads(n_threads)
    tokenizer, module = load_shipped()
    card = cards.read(MODEL_ID)
    records = chat.records(n + N_WARM_UP, seed=seed, now=datetime.now(UTC))
    values = [record.value or b"" for record in records]
    decoder = msgspec.json.Decoder(ChatroomMessage)
    started = 0.0
    with torch.inference_mode():
        for number, value in enumerate(values):
            if number == N_WARM_UP:
                started = time.perf_counter()
            event = decoder.decode(value)
            scores = module(*encode(tokenizer, event.text))[0].tolist()
            _ = [
                Signal(label=label, score=round(score, 4), detector=card.id, part="text")
                for label, score in zip(card.labels, scores, strict=True)
            ]
    elapsed_s = time.perf_counter() - started
    return TorchRate(
        per_s=n / elapsed_s, n_events=n, n_threads=n_threads, torch=str(torch.__version__)
    )


if __name__ == "__main__":
    n_texts, seed_, threads = map(int, sys.argv[1:])
    found = measure(n_texts, seed=seed_, n_threads=threads)
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")

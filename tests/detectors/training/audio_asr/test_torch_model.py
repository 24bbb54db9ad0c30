import numpy as np
import pytest

from detectors import card as cards
from detectors.audio.asr import MODEL_ID
from detectors.audio.whisper import located

torch = pytest.importorskip("torch")


@pytest.mark.slow
def test_the_encoder_gives_what_ctranslate2_gives() -> None:
    import ctranslate2  # noqa: PLC0415
    from faster_whisper.transcribe import get_ctranslate2_storage  # noqa: PLC0415

    from detectors.training.audio_asr.export import load  # noqa: PLC0415

    paths = located(cards.read(MODEL_ID).files)
    halves = (paths["model_1"].read_bytes(), paths["model_2"].read_bytes())
    files = {
        "model.bin": b"".join(halves),
        "config.json": paths["config"].read_bytes(),
        "vocabulary.txt": paths["vocabulary"].read_bytes(),
    }
    theirs = ctranslate2.models.Whisper(
        "whisper", device="cpu", compute_type="float32", intra_threads=1, files=files
    )
    features = np.random.default_rng(2).standard_normal((1, 80, 750)).astype(np.float32)
    wanted = np.array(theirs.encode(get_ctranslate2_storage(features)))
    encoder, _ = load()
    with torch.inference_mode():
        found = encoder.states(torch.from_numpy(features)).numpy()
    assert found.shape == wanted.shape == (1, 375, 512)
    assert np.abs(found - wanted).max() < 1e-2

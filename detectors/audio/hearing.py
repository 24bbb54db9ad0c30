"""What a recogniser of speech takes and gives, whichever model it runs."""

from typing import Protocol

from msgspec import Struct

from detectors.audio.recording import Samples


class Phrase(Struct, frozen=True, kw_only=True):
    """Words that were heard together, `start_s` to `end_s` of the samples given."""

    text: str
    start_s: float
    end_s: float
    probability: float
    """The geometric mean of its pieces'."""
    no_speech: float
    """How likely the recogniser takes it for no speech."""
    repetition: float
    """Length of its text by its compressed length: above 2.4 it goes round in circles."""


class Heard(Struct, frozen=True, kw_only=True):
    """What was heard in one stretch of speech."""

    phrases: tuple[Phrase, ...]
    lang: str
    """Primary subtag."""
    lang_probability: float


class Recogniser(Protocol):
    """Hears speech. Blocks; gives the same for the same samples."""

    def hear(self, samples: Samples, /) -> Heard:
        """Gives what is said in at most 30 s of one channel at 16 kHz."""

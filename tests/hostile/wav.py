"""Hostile WAV files."""

import struct
from typing import Final

import numpy as np

from tests.detectors.audio.sounds import Floats, header, tone, wav, wav_floats
from tests.hostile.file import ANSWERED, IN_PART, Recipe, Recipes

MOST: Final = 0xFFFFFFFF


def sample(rate_hz: int = 16_000, channels: int = 1) -> bytes:
    """Gives a second of a tone."""
    one = tone(1, rate_hz)
    return wav(one if channels == 1 else np.stack([one] * channels, axis=1), rate_hz)


def coded(bits: int, tag: int, value: bytes, n_bytes: int = 32_000) -> bytes:
    """Gives a recording of one sample again and again, coded in any way."""
    return header(n_bytes, bits=bits, tag=tag) + (value * n_bytes)[:n_bytes]


def claiming(**fields: int) -> bytes:
    """Gives a second of a tone whose header says something else."""
    return header(32_000, **fields) + sample()[44:]


def broken_floats() -> bytes:
    """Gives a recording of no numbers, infinities and giants."""
    values: Floats = tone(1)
    values[::3], values[1::7], values[2::11] = np.nan, np.inf, 3e38
    return wav_floats(values)


def chunk(kind: bytes, body: bytes, n_bytes: int | None = None) -> bytes:
    """Gives a chunk, which may lie about its length."""
    return kind + struct.pack("<I", len(body) if n_bytes is None else n_bytes) + body


def extensible(mask: int, channels: int) -> bytes:
    """Gives a recording whose header names places for its channels."""
    fields = struct.pack("<HHIIHH", 0xFFFE, channels, 16_000, 32_000 * channels, 2 * channels, 16)
    guid = struct.pack("<HHI", 22, 16, mask) + b"\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    body = chunk(b"fmt ", fields + guid) + chunk(b"data", bytes(3_200 * channels))
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def endless() -> bytes:
    """Gives a second of a tone in 2^64 - 1 bytes, as RF64 can say."""
    sizes = struct.pack("<QQQI", 2**64 - 1, 2**64 - 1, 2**64 - 1, 0)
    start = b"RF64" + struct.pack("<I", MOST) + b"WAVE" + chunk(b"ds64", sizes)
    return start + sample()[12:40] + struct.pack("<I", MOST) + sample()[44:]


RECIPES: Final[Recipes] = {
    "wav_8_khz_mono": Recipe("8 kHz, one channel", lambda: sample(8_000), "wav", ANSWERED),
    "wav_22_khz_stereo": Recipe(
        "22 kHz, two channels", lambda: sample(22_050, 2), "wav", ANSWERED),
    "wav_48_khz_stereo": Recipe(
        "48 kHz, two channels", lambda: sample(48_000, 2), "wav", ANSWERED),
    "wav_8_channels": Recipe("eight channels", lambda: sample(16_000, 8), "wav", ANSWERED),
    "wav_8_bits": Recipe("8 bits", lambda: coded(8, 1, b"\x90\x70"), "wav", ANSWERED),
    "wav_24_bits": Recipe("24 bits", lambda: coded(24, 1, b"\0\0\x10"), "wav", ANSWERED),
    "wav_64_bits": Recipe("64-bit floats", lambda: coded(64, 3, bytes(8)), "wav", ANSWERED),
    "wav_a_law": Recipe("A-law", lambda: coded(8, 6, b"\x55\xd5"), "wav", ANSWERED),
    "wav_mu_law": Recipe("mu-law", lambda: coded(8, 7, b"\xff\x7f"), "wav", ANSWERED),
    "wav_adpcm": Recipe("ADPCM", lambda: coded(4, 17, bytes(4)), "wav",
                        ANSWERED),
    "wav_unknown_coding": Recipe(
        "a coding that nobody knows", lambda: claiming(tag=0x7777), "wav", "codec_refused"),
    "wav_no_numbers": Recipe(
        "floats that are no numbers, or infinite", broken_floats, "wav", ANSWERED),
    "wav_full_scale": Recipe(
        "a square wave at full scale", lambda: wav(np.sign(tone(2))), "wav", ANSWERED),
    "wav_constant": Recipe(
        "a constant", lambda: wav(np.full(32_000, 0.9, np.float32)), "wav", ANSWERED),
    "wav_silence": Recipe("silence", lambda: wav(np.zeros(48_000, np.float32)), "wav", ANSWERED),
    "wav_opposed": Recipe(
        "two channels that cancel each other",
        lambda: wav(np.stack([tone(1), -tone(1)], axis=1)), "wav", ANSWERED),
    "wav_hour": Recipe(
        "an hour of 8 kHz, 8 bits",
        lambda: header(28_800_000, rate_hz=8_000, bits=8) + b"\x80" * 28_800_000,
        "wav", IN_PART),
    "wav_rate_0": Recipe("0 Hz", lambda: claiming(rate_hz=0), "wav",
                         "header_corrupt"),
    "wav_rate_1": Recipe("1 Hz", lambda: claiming(rate_hz=1), "wav", "rate_refused"),
    "wav_rate_4_ghz": Recipe("4.3 GHz", lambda: claiming(rate_hz=MOST), "wav",
                             "header_corrupt"),
    "wav_0_channels": Recipe("no channel", lambda: claiming(channels=0), "wav",
                             "channels_refused"),
    "wav_65535_channels": Recipe(
        "65,535 channels", lambda: header(32_000, channels=8_191)[:22] + b"\xff\xff"
        + sample()[24:], "wav", "channels_refused"),
    "wav_0_bits": Recipe("samples of no bits", lambda: claiming(bits=0), "wav",
                         "codec_refused"),
    "wav_255_bits": Recipe("samples of 255 bits", lambda: claiming(bits=255), "wav",
                           "codec_refused"),
    "wav_18_places": Recipe(
        "18 channels in places that do not exist", lambda: extensible(0xFFFFFFFF, 18), "wav",
        "channels_refused"),
    "wav_of_4_gb": Recipe(
        "a second that says it is 4 GB long", lambda: header(MOST) + sample()[44:], "wav",
        ANSWERED),
    "wav_of_2_64": Recipe(
        "a second that says it is 2^64 - 1 bytes long", endless, "wav", "header_corrupt"),
    "wav_no_sample": Recipe("no sample", lambda: header(0), "wav", "zero_length"),
    "wav_one_sample": Recipe("one sample", lambda: header(2) + b"\1\0", "wav", ANSWERED),
    "wav_header_only": Recipe("nothing but its name", lambda: sample()[:12], "wav",
                              "header_corrupt"),
    "wav_without_format": Recipe(
        "samples whose format is not told", lambda: sample()[:12] + sample()[36:], "wav",
        "header_corrupt"),
    "wav_chunk_of_4_gb": Recipe(
        "a comment of 4 GB", lambda: sample()[:12] + chunk(b"LIST", b"INFO", MOST) + sample()[12:],
        "wav", "header_corrupt"),
    "wav_million_chunks": Recipe(
        "a million empty chunks", lambda: sample()[:36] + chunk(b"junk", b"") * 1_000_000
        + sample()[36:], "wav", ANSWERED),
    "wav_cut": Recipe("ends in the middle", lambda: sample()[:9_001], "wav",
                      IN_PART),
}  # fmt: skip
"""What is tried with WAV."""

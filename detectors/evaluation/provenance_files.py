"""Files that say where they come from, made by code: for evaluation and tests."""

import io
import struct
import wave
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

import av
import c2pa
import cv2
import numpy as np
import numpy.typing as npt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct
from PIL import Image

_SPACES: Final = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}

Pixels = npt.NDArray[np.uint8]

SOURCE_TYPES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
WEB_UI: Final = (
    "a lighthouse at dusk\nNegative prompt: people\nSteps: 20, Sampler: Euler a, CFG scale: 7, "
    "Seed: 1234, Size: 512x512, Model hash: 0123456789, Model: harmless"
)
COMFY: Final = '{"3": {"class_type": "KSampler", "inputs": {"seed": 7, "steps": 20, "cfg": 7.0}}}'


def photo(seed: int = 0, side_px: int = 320) -> Pixels:
    """Gives something like a photo: soft shapes and grain."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (9, 9, 3), np.uint8)
    large = cv2.resize(small, (side_px, side_px), interpolation=cv2.INTER_CUBIC).astype(np.float64)
    return np.clip(large + rng.normal(0, 6, large.shape), 0, 255).astype(np.uint8)


def picture(kind: str = "PNG", pixels: Pixels | None = None) -> bytes:
    """Gives a harmless picture without metadata."""
    out = io.BytesIO()
    Image.fromarray(photo() if pixels is None else pixels).save(out, kind)
    return out.getvalue()


def with_png_block(content: bytes, kind: bytes, block: bytes) -> bytes:
    """Gives a PNG with one more block, before its end."""
    at = content.rindex(b"IEND") - 4
    check = struct.pack(">I", zlib.crc32(kind + block))
    return content[:at] + struct.pack(">I", len(block)) + kind + block + check + content[at:]


def png_text(key: str, text: str, *, packed: bool = False) -> bytes:
    """Gives a PNG with a text under a keyword."""
    raw = text.encode()
    if packed:
        return with_png_block(picture(), b"zTXt", key.encode() + b"\x00\x00" + zlib.compress(raw))
    return with_png_block(picture(), b"iTXt", key.encode() + b"\x00\x00\x00\x00\x00" + raw)


def with_jpeg_segment(content: bytes, marker: int, block: bytes) -> bytes:
    """Gives a JPEG with one more segment, right behind its beginning."""
    return content[:2] + struct.pack(">BBH", 0xFF, marker, len(block) + 2) + block + content[2:]


def jpeg_exif(tag: int, text: str) -> bytes:
    """Gives a JPEG whose EXIF has a text under a tag; a user comment in UTF-16."""
    exif = Image.Exif()
    if tag == 0x9286:  # noqa: PLR2004
        exif.get_ifd(0x8769)[tag] = b"UNICODE\x00" + text.encode("utf-16-be")
    else:
        exif[tag] = text
    out = io.BytesIO()
    Image.fromarray(photo()).save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


def xmp(body: str, attributes: str = "") -> bytes:
    """Gives an XMP packet with a description of these elements and attributes."""
    spaces = " ".join(f'xmlns:{name}="{address}"' for name, address in _SPACES.items())
    return (
        f'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta {spaces}><rdf:RDF>'
        f'<rdf:Description rdf:about="" {attributes}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def jpeg_xmp(body: str, attributes: str = "") -> bytes:
    """Gives a JPEG with an XMP packet."""
    block = b"http://ns.adobe.com/xap/1.0/\x00" + xmp(body, attributes)
    return with_jpeg_segment(picture("JPEG"), 0xE1, block)


def jpeg_iptc(tag: int, text: str) -> bytes:
    """Gives a JPEG with a field of IPTC-IIM."""
    raw = text.encode()
    data = struct.pack(">BBBH", 0x1C, 2, tag, len(raw)) + raw
    block = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(data)) + data
    return with_jpeg_segment(picture("JPEG"), 0xED, block)


def wav(tag: bytes, text: str) -> bytes:
    """Gives a recording of silence with a field of RIFF INFO."""
    out = io.BytesIO()
    with wave.open(out, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(8_000)
        opened.writeframes(b"\x00" * 1_600)
    raw = text.encode() + b"\x00" * (1 + len(text) % 2)
    raw += b"\x00" * (len(raw) % 2)
    block = b"INFO" + tag + struct.pack("<I", len(raw)) + raw
    content = out.getvalue() + b"LIST" + struct.pack("<I", len(block)) + block
    return content[:4] + struct.pack("<I", len(content) - 8) + content[8:]


def mp3(description: str, text: str) -> bytes:
    """Gives some MPEG audio frames behind an ID3 tag with a text of a user's own (TXXX)."""
    body = b"\x03" + description.encode() + b"\x00" + text.encode()
    frame = b"TXXX" + struct.pack(">I", len(body)) + b"\x00\x00" + body
    size = len(frame)
    head = b"ID3\x03\x00\x00" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return head + frame + (b"\xff\xfb\x90\xc4" + b"\x00" * 413) * 12


def mp4(**tags: str) -> bytes:
    """Gives a clip of four frames with these tags."""
    out = io.BytesIO()
    options = {"movflags": "use_metadata_tags"}
    with av.open(out, "w", format="mp4", options=options) as opened:
        opened.metadata.update(tags)
        stream = opened.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 64, 64
        stream.pix_fmt = "yuv420p"
        for n in range(4):
            frame = av.VideoFrame.from_ndarray(photo(n, 64), format="rgb24")
            opened.mux(stream.encode(frame))
        opened.mux(stream.encode())
    return out.getvalue()


class Signer(Struct, frozen=True):
    """A chain of two certificates made for one run, its key, and the root, all PEM."""

    chain: bytes
    key: bytes
    root: bytes


@cache
def signer() -> Signer:
    """Makes a root and a certificate that may sign manifests."""
    root_key, own_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("Test root", root_key, "Test root", root_key, is_root=True)
    own = _certificate("Test signer", own_key, "Test root", root_key, is_root=False)
    pem = serialization.Encoding.PEM
    key = own_key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Signer(own.public_bytes(pem) + root.public_bytes(pem), key, root.public_bytes(pem))


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_root: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
    building = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        building = building.add_extension(purpose, critical=False)
        building = building.add_extension(authority, critical=False)
    return building.sign(issuer_key, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Pictures"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def signed(
    content: bytes,
    media_type: str,
    *,
    source_type: str = "trainedAlgorithmicMedia",
    agent: str = "Example Imaginer",
    action: str = "c2pa.created",
) -> bytes:
    """Gives a file with a signed manifest of one action."""
    manifest = {
        "claim_generator_info": [{"name": "example_tool", "version": "1"}],
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {
                    "actions": [
                        {
                            "action": action,
                            "softwareAgent": {"name": agent},
                            "digitalSourceType": SOURCE_TYPES + source_type,
                        }
                    ]
                },
            }
        ],
    }
    own = signer()
    keys = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=own.chain, private_key=own.key, ta_url=None)
    out = io.BytesIO()
    with c2pa.Signer.from_info(keys) as signing, c2pa.Builder(manifest) as building:
        building.sign(signing, media_type, io.BytesIO(content), out)
    return out.getvalue()


def marked(pixels: Pixels, bits: tuple[bool, ...]) -> Pixels:
    """Gives a picture with a hidden message, as invisible-watermark's `dwtDct` writes it."""
    yuv = cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV)
    chroma = yuv[:, :, 1].astype(np.float64)
    height, width = (side // 8 * 8 for side in chroma.shape)
    part = chroma[:height, :width]
    average = (part[::2, ::2] + part[1::2, ::2] + part[::2, 1::2] + part[1::2, 1::2]) / 2
    before = average.copy()
    number = 0
    for row in range(0, average.shape[0], 4):
        for column in range(0, average.shape[1], 4):
            block = average[row : row + 4, column : column + 4]
            at = divmod(int(np.argmax(np.abs(block).ravel()[1:])) + 1, 4)
            size = (abs(block[at]) // 36 + 0.25 + 0.5 * bits[number % len(bits)]) * 36
            block[at] = size if block[at] >= 0 else -size
            number += 1
    change = np.kron((average - before) / 2, np.ones((2, 2)))
    yuv[:height, :width, 1] = np.clip(part + change, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB), np.uint8)

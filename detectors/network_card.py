"""What a card says of a network that looks at pictures: its input, its classes, their labels."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.bounds import Score
from schemas.labels import Label

Side = Annotated[int, Meta(ge=16, le=1_024)]
Channel = Annotated[float, Meta(ge=-1_000.0, le=1_000.0)]
Positive = Annotated[float, Meta(gt=0.0, le=1_000.0)]
Three = tuple[Channel, Channel, Channel]
Name = Annotated[str, Meta(min_length=1, max_length=60)]


class PixelTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a picture becomes a network's input: brought to one size, then numbers.

    A value of a channel, 0 to 255, becomes `(value / divide_by - mean) / std`.
    """

    width_px: Side
    height_px: Side
    resize: Literal["squash", "crop", "pad"] = "squash"
    """squash: both sides fit; crop: the shorter one fits, and of the other the middle is kept; pad:
    the longer one fits, and `fill` is on both sides of the other."""
    filter: Literal["nearest", "bilinear", "bicubic"] = "bilinear"
    """Over all pixels that become one, unless nearest."""
    fill: tuple[int, int, int] = (0, 0, 0)
    margin_px: Annotated[int, Meta(ge=0, le=256)] = 0
    """Brought to a size so much larger on every side, and this then cut off."""
    jpeg_quality: Annotated[int, Meta(ge=0, le=95)] = 0
    """Compressed once on the way, for networks trained so; 0: not."""
    colours: Literal["rgb", "bgr"] = "rgb"
    """Order of the channels, also in `mean` and `std`."""
    divide_by: Positive = 255.0
    mean: Three = (0.0, 0.0, 0.0)
    std: tuple[Positive, Positive, Positive] = (1.0, 1.0, 1.0)
    layout: Literal["nhwc", "nchw"] = "nchw"
    """Order of the input's dimensions: n pictures, channels, height, width."""


class NetworkTable(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A graph with one float32 input and, per picture, a number for each class."""

    pixels: PixelTable
    classes: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=2_000)]
    """In the order of the output."""
    output: str = ""
    """Name of the output; may be left out where the graph has one alone."""
    activation: Literal["none", "softmax", "sigmoid"] = "none"
    """What makes probabilities of the output; none where the graph has done so."""
    temperature: Positive = 1.0
    """Outputs are divided by it before the activation."""


class LabelTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A label, the classes that stand for it, and how their probability becomes a score.

    With a softmax probabilities of classes are added up, otherwise the highest counts. The score
    is `sigmoid(slope * logit(probability) + intercept)`: Platt's calibration.
    """

    label: Label
    classes: Annotated[tuple[Name, ...], Meta(min_length=1)]
    slope: Positive = 1.0
    intercept: Annotated[float, Meta(ge=-50.0, le=50.0)] = 0.0
    threshold: Score = 0.5
    """Recommended."""

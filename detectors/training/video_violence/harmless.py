"""Harmless clips with much motion, drawn by code: what must not be taken for violence."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final

import av
import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Draw = Callable[[float], Picture]
"""Gives the picture at a time in seconds."""

WIDTH_PX: Final = 640
HEIGHT_PX: Final = 360
RATE: Final = 25
DURATION_S: Final = 2.4


def encoded(
    draw: Draw,
    *,
    duration_s: float = DURATION_S,
    rate: int = RATE,
    size_px: tuple[int, int] = (WIDTH_PX, HEIGHT_PX),
    quality: int = 26,
) -> bytes:
    """Gives the MP4 file of a drawn clip, H.264."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height = size_px
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": str(quality)}
        for n in range(round(duration_s * rate)):
            picture = draw(n / rate)
            if picture.shape[1::-1] != size_px:
                picture = np.asarray(cv2.resize(picture, size_px), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def clips(
    kinds: dict[str, Callable[[np.random.Generator], Draw]], n: int, seed: int
) -> Iterator[tuple[str, bytes]]:
    """Gives `n` clips of each kind, with its name; frame rate and compression vary."""
    for number, (kind, make) in enumerate(sorted(kinds.items())):
        for index in range(n):
            rng = np.random.default_rng((seed, number, index))
            rate = int(rng.choice([15, 24, 25, 30]))
            yield kind, encoded(make(rng), rate=rate, quality=int(rng.integers(20, 36)))


def scrolling_chart(rng: np.random.Generator) -> Draw:
    """A line chart that runs to the left."""
    values = 180 + np.cumsum(rng.normal(0, 6, 4000))
    speed = float(rng.uniform(60, 500))
    dark = bool(rng.integers(2))
    colour = _colour(rng)

    def draw(at_s: float) -> Picture:
        picture = _ground(20 if dark else 240)
        for y in range(0, HEIGHT_PX, 60):
            cv2.line(picture, (0, y), (WIDTH_PX, y), (128, 128, 128), 1)
        start = at_s * speed
        x = np.arange(WIDTH_PX)
        y = np.interp(x + start, np.arange(4000), values) % HEIGHT_PX
        points = np.stack([x, y], 1).astype(np.int32)
        for one, other in zip(points[::2], points[2::2], strict=False):
            if abs(int(one[1]) - int(other[1])) < HEIGHT_PX // 2:
                cv2.line(picture, one.tolist(), other.tolist(), colour, 2)
        return picture

    return draw


def candles(rng: np.random.Generator) -> Draw:
    """Candlesticks whose last ones jump about."""
    n = int(rng.integers(20, 50))
    base = 180 + np.cumsum(rng.normal(0, 12, n))
    jumps = rng.normal(0, 30, (200, 6))

    def draw(at_s: float) -> Picture:
        picture = _ground(15)
        tick = int(at_s * 12)
        for k in range(n):
            shift = jumps[tick, k - n + 6] if k >= n - 6 else 0.0
            x, y = int(k * WIDTH_PX / n), int(np.clip(base[k] + shift, 30, HEIGHT_PX - 30))
            is_up = (k + tick // 6) % 3 > 0
            colour = (40, 200, 90) if is_up else (220, 60, 60)
            cv2.rectangle(picture, (x, y - 20), (x + 8, y + 20), colour, -1)
            cv2.line(picture, (x + 4, y - 35), (x + 4, y + 35), colour, 1)
        return picture

    return draw


def shaken_camera(rng: np.random.Generator) -> Draw:
    """A scene seen by a hand that shakes."""
    scene = _scene(rng, WIDTH_PX + 160, HEIGHT_PX + 160)
    strength, pace = float(rng.uniform(5, 60)), float(rng.uniform(2, 9))
    phases = rng.uniform(0, 6, 4)

    def draw(at_s: float) -> Picture:
        sway = np.sin(pace * at_s * np.array([1, 2.3, 1.4, 3.1]) + phases)
        x = int(80 + strength * (sway[0] + sway[1] / 2))
        y = int(80 + strength * (sway[2] + sway[3] / 2))
        return _cut(scene, x, y)

    return draw


def panned_camera(rng: np.random.Generator) -> Draw:
    """A slow move over a picture, with a zoom."""
    scene = _scene(rng, 2 * WIDTH_PX, 2 * HEIGHT_PX)
    speed, zoom = rng.uniform(-120, 120, 2), float(rng.uniform(-0.2, 0.3))

    def draw(at_s: float) -> Picture:
        scale = 1 + zoom * at_s / DURATION_S
        matrix = np.array(
            [
                [scale, 0, -WIDTH_PX / 2 - speed[0] * at_s],
                [0, scale, -HEIGHT_PX / 2 - speed[1] * at_s],
            ]
        )
        return np.asarray(cv2.warpAffine(scene, matrix, (WIDTH_PX, HEIGHT_PX)), np.uint8)

    return draw


def dancing_shapes(rng: np.random.Generator) -> Draw:
    """Discs, squares and triangles that swing and bounce."""
    n = int(rng.integers(2, 14))
    centre, swing = rng.uniform(80, 280, (n, 2)), rng.uniform(20, 160, (n, 2))
    centre[:, 0] *= WIDTH_PX / HEIGHT_PX
    pace, phase = rng.uniform(1, 12, (n, 2)), rng.uniform(0, 6, (n, 2))
    size = rng.integers(12, 60, n)
    colours = [_colour(rng) for _ in range(n)]
    ground = _scene(rng, WIDTH_PX, HEIGHT_PX) if rng.integers(2) else _ground(230)

    def draw(at_s: float) -> Picture:
        picture = ground.copy()
        for k in range(n):
            x, y = (centre[k] + swing[k] * np.sin(pace[k] * at_s + phase[k])).astype(int).tolist()
            side = int(size[k])
            if k % 3 == 0:
                cv2.circle(picture, (x, y), side, colours[k], -1)
            elif k % 3 == 1:
                cv2.rectangle(picture, (x - side, y - side), (x + side, y + side), colours[k], -1)
            else:
                corners = np.array([[x, y - side], [x - side, y + side], [x + side, y + side]])
                cv2.fillPoly(picture, [corners.astype(np.int32)], colours[k])
        return picture

    return draw


def still(rng: np.random.Generator) -> Draw:
    """One picture, perhaps with a little grain."""
    scene, grain = _scene(rng, WIDTH_PX, HEIGHT_PX), float(rng.choice([0, 0, 3, 10]))

    def draw(at_s: float) -> Picture:
        noise = np.random.default_rng(round(at_s * 1000)).normal(0, grain, scene.shape)
        return np.clip(scene + noise, 0, 255).astype(np.uint8)

    return draw


def slideshow(rng: np.random.Generator) -> Draw:
    """Pictures that follow each other, by cut, fade or push."""
    scenes = [_scene(rng, WIDTH_PX, HEIGHT_PX) for _ in range(8)]
    each_s, how = float(rng.uniform(0.35, 1.2)), int(rng.integers(3))

    def draw(at_s: float) -> Picture:
        number, part = divmod(at_s / each_s, 1)
        one, other = scenes[int(number) % 8], scenes[(int(number) + 1) % 8]
        late = max(0.0, (part - 0.6) / 0.4)
        if how == 1:
            return np.asarray(cv2.addWeighted(one, 1 - late, other, late, 0), np.uint8)
        shift = int(late * WIDTH_PX) if how == 2 else 0  # noqa: PLR2004 - cut, fade, push
        return _cut(np.hstack([one, other]), shift, 0)

    return draw


def screen_recording(rng: np.random.Generator) -> Draw:
    """A window dragged about, a cursor, lines being typed, a page that scrolls."""
    page = _page(rng, 1600)
    pace, speed = float(rng.uniform(1, 5)), float(rng.uniform(0, 500))

    def draw(at_s: float) -> Picture:
        picture = _cut(page, 0, int(speed * at_s) % 1200)
        x = int(200 + 150 * np.sin(pace * at_s))
        y = int(120 + 60 * np.sin(1.7 * pace * at_s))
        cv2.rectangle(picture, (x, y), (x + 220, y + 130), (250, 250, 250), -1)
        cv2.rectangle(picture, (x, y), (x + 220, y + 18), (60, 90, 200), -1)
        for k in range(int(at_s * 3) % 7):
            cv2.line(picture, (x + 10, y + 32 + 14 * k), (x + 190, y + 32 + 14 * k), (40,) * 3, 2)
        cv2.circle(picture, (int(x + 90 * np.cos(3 * at_s)), y + 9), 6, (0, 0, 0), -1)
        return picture

    return draw


def figures(rng: np.random.Generator) -> Draw:
    """Stick people who walk, wave and dance by themselves."""
    n = int(rng.integers(1, 5))
    start, walk = rng.uniform(80, 560, n), rng.uniform(-90, 90, n)
    pace, swing = rng.uniform(3, 9, n), rng.uniform(0.2, 1.1, n)
    height, colours = rng.uniform(70, 200, n), [_colour(rng) for _ in range(n)]
    ground = _scene(rng, WIDTH_PX, HEIGHT_PX) if rng.integers(2) else _ground(210)

    def draw(at_s: float) -> Picture:
        picture = ground.copy()
        for k in range(n):
            _figure(
                picture,
                (start[k] + walk[k] * at_s, 340.0 - 8 * abs(np.sin(pace[k] * at_s))),
                float(height[k]),
                float(swing[k] * np.sin(pace[k] * at_s)),
                colours[k],
            )
        return picture

    return draw


def confetti(rng: np.random.Generator) -> Draw:
    """Bits that fall and whirl."""
    n = int(rng.integers(60, 400))
    place = rng.uniform(0, 1, (n, 2)) * (WIDTH_PX, HEIGHT_PX)
    speed = rng.normal(0, 50, (n, 2)) + np.array([0.0, rng.uniform(80, 300)])
    colours = [_colour(rng) for _ in range(n)]
    ground = _scene(rng, WIDTH_PX, HEIGHT_PX)

    def draw(at_s: float) -> Picture:
        picture = ground.copy()
        now = ((place + speed * at_s) % (WIDTH_PX, HEIGHT_PX)).astype(int)
        for (x, y), colour in zip(now.tolist(), colours, strict=True):
            cv2.rectangle(picture, (x, y), (x + 6, y + 4), colour, -1)
        return picture

    return draw


def spinning_logo(rng: np.random.Generator) -> Draw:
    """A token's logo that turns and swells."""
    logo = _scene(rng, 200, 200)
    pace, swell = float(rng.uniform(1, 9)), float(rng.uniform(0, 0.4))
    shade = int(rng.integers(0, 256))

    def draw(at_s: float) -> Picture:
        scale = 1.2 + swell * np.sin(5 * at_s)
        matrix = cv2.getRotationMatrix2D((100, 100), np.degrees(pace * at_s), scale)
        matrix[:, 2] += np.array([WIDTH_PX / 2 - 100, HEIGHT_PX / 2 - 100])
        turned = cv2.warpAffine(
            logo, matrix, (WIDTH_PX, HEIGHT_PX), borderValue=(shade, shade, shade)
        )
        return np.asarray(turned, np.uint8)

    return draw


def flashing_banner(rng: np.random.Generator) -> Draw:
    """An advertisement whose lines flash, jump and run."""
    words = ["BUY", "NOW", "100x", "LIVE", "SALE", "NEW", "UP", "GM"]
    pace = float(rng.uniform(2, 8))
    colours = [_colour(rng) for _ in range(6)]

    def draw(at_s: float) -> Picture:
        tick = int(pace * at_s)
        picture = np.full((HEIGHT_PX, WIDTH_PX, 3), colours[tick % 3], np.uint8)
        for k in range(4):
            word = words[(tick + 3 * k) % len(words)]
            x = int((k * 170 + 140 * at_s * (k - 1)) % WIDTH_PX)
            cv2.putText(
                picture, word, (x, 80 * k + 70), cv2.FONT_HERSHEY_SIMPLEX, 2, colours[3 + k % 3], 5
            )
        return picture

    return draw


def talking_head(rng: np.random.Generator) -> Draw:
    """A drawn face that nods and speaks, hands that move."""
    skin, ground = _colour(rng), _scene(rng, WIDTH_PX, HEIGHT_PX)
    pace, size = float(rng.uniform(2, 7)), int(rng.integers(50, 110))

    def draw(at_s: float) -> Picture:
        picture = ground.copy()
        x, y = int(320 + 15 * np.sin(pace * at_s)), int(150 + 10 * np.sin(1.7 * pace * at_s))
        cv2.ellipse(picture, (x, y + 2 * size), (2 * size, size), 0, 0, 360, (60, 60, 90), -1)
        cv2.ellipse(picture, (x, y), (size * 3 // 4, size), 0, 0, 360, skin, -1)
        opened = int(3 + size / 8 * abs(np.sin(11 * at_s)))
        cv2.ellipse(picture, (x, y + size // 2), (size // 3, opened), 0, 0, 360, (90, 20, 20), -1)
        for side in (-1, 1):
            cv2.circle(picture, (x + side * size // 3, y - size // 4), size // 9, (20, 20, 20), -1)
            hand = (x + side * 2 * size, int(y + size + size * np.sin(pace * at_s + side)))
            cv2.circle(picture, hand, size // 3, skin, -1)
        return picture

    return draw


def water(rng: np.random.Generator) -> Draw:
    """Ripples all over."""
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    waves = rng.uniform(0.01, 0.09, (5, 2))
    pace, tint = rng.uniform(1, 10, 5), rng.uniform(0.3, 1, 3)

    def draw(at_s: float) -> Picture:
        height = sum(
            np.sin(x * a + y * b + p * at_s) for (a, b), p in zip(waves, pace, strict=True)
        )
        shade = np.clip(128 + 22 * np.asarray(height), 0, 255)
        return np.asarray(shade[..., None] * tint, np.uint8)

    return draw


KNOWN: Final[dict[str, Callable[[np.random.Generator], Draw]]] = {
    "candles": candles,
    "confetti": confetti,
    "dancing_shapes": dancing_shapes,
    "figures": figures,
    "panned_camera": panned_camera,
    "screen_recording": screen_recording,
    "slideshow": slideshow,
    "still": still,
}
"""Kinds of which training sees clips."""
UNKNOWN: Final[dict[str, Callable[[np.random.Generator], Draw]]] = {
    "flashing_banner": flashing_banner,
    "scrolling_chart": scrolling_chart,
    "shaken_camera": shaken_camera,
    "spinning_logo": spinning_logo,
    "talking_head": talking_head,
    "water": water,
}
"""Kinds that training never sees."""


def _ground(shade: int) -> Picture:
    return np.full((HEIGHT_PX, WIDTH_PX, 3), shade, np.uint8)


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = rng.integers(0, 256, 3).tolist()
    return red, green, blue


def _scene(rng: np.random.Generator, width: int, height: int) -> Picture:
    """Soft clouds with things in front."""
    small = rng.integers(40, 216, (5, 8, 3)).astype(np.uint8)
    picture = np.asarray(
        cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8
    )
    for _ in range(int(rng.integers(4, 20))):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        side = int(rng.integers(10, 90))
        if rng.integers(2):
            cv2.rectangle(picture, (x, y), (x + side, y + 2 * side), _colour(rng), -1)
        else:
            cv2.circle(picture, (x, y), side // 2, _colour(rng), -1)
    return picture


def _page(rng: np.random.Generator, height: int) -> Picture:
    page = np.full((height, WIDTH_PX, 3), 245, np.uint8)
    for y in range(20, height, 22):
        end = int(rng.integers(200, WIDTH_PX - 20))
        cv2.line(page, (20, y), (end, y), (90, 90, 90), 3)
    return page


def _cut(scene: Picture, x: int, y: int) -> Picture:
    x = min(max(0, x), scene.shape[1] - WIDTH_PX)
    y = min(max(0, y), scene.shape[0] - HEIGHT_PX)
    return scene[y : y + HEIGHT_PX, x : x + WIDTH_PX].copy()


def _figure(
    picture: Picture,
    feet: tuple[float, float],
    height: float,
    swing: float,
    colour: tuple[int, int, int],
) -> None:
    x, y = feet
    hip, neck = (x, y - 0.45 * height), (x, y - 0.8 * height)
    thick = max(2, int(height / 16))
    ends = [
        (hip, (x + 0.45 * height * np.sin(swing), y)),
        (hip, (x - 0.45 * height * np.sin(swing), y)),
        (neck, hip),
        (neck, (x + 0.4 * height * np.cos(swing), neck[1] + 0.4 * height * np.sin(2 * swing))),
        (neck, (x - 0.4 * height * np.cos(swing), neck[1] - 0.4 * height * np.sin(2 * swing))),
    ]
    for one, other in ends:
        cv2.line(picture, _point(one), _point(other), colour, thick)
    cv2.circle(picture, _point((x, neck[1] - 0.1 * height)), int(0.1 * height), colour, -1)


def _point(place: tuple[float, float]) -> tuple[int, int]:
    return int(place[0]), int(place[1])

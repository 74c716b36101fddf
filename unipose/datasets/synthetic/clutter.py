"""Backgrounds and objects that stand in front of people."""

import cv2
import numpy as np

_SHIFT = 4
_NOISE: dict[str, np.ndarray] = {}


def draw_background(size: tuple[int, int], rng: np.random.Generator, difficulty: float) -> np.ndarray:
    """Draw a background of gradients, shapes, lines and texture.

    Args:
        size: (width, height) in pixels.
        rng: Source of all randomness.
        difficulty: 0 to 1; more shapes, and more of them shaped like limbs.

    Returns:
        Image ``[H, W, 3]``, BGR uint8.
    """
    corners = rng.integers(50, 206) + rng.integers(-28, 29, (1, 1, 3)) + rng.integers(-30, 31, (2, 2, 3))
    image = cv2.resize(np.clip(corners, 0, 255).astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    for _ in range(rng.poisson(2 + 10 * difficulty)):
        _draw_shape(image, rng)
    for _ in range(rng.poisson(1 + 6 * difficulty)):
        start, end = (_fixed(rng.uniform((0, 0), size)) for _ in range(2))
        cv2.line(image, start, end, _colour(rng), int(rng.integers(1, 4)), cv2.LINE_AA, _SHIFT)
    for _ in range(rng.poisson(0.2 + 1.5 * difficulty)):
        _draw_limb(image, rng)
    image = cv2.blur(image, (3, 3))
    return add_texture(image, rng, coarse=float(rng.uniform(0.0, 0.35 + 0.5 * difficulty)), fine=0.0)


def draw_object(
    image: np.ndarray, mask: np.ndarray, centre: np.ndarray, extent: float, rng: np.random.Generator
) -> None:
    """Draw an object, a box or an ellipse, into an image and its mask.

    Args:
        image: ``[H, W, 3]`` BGR, drawn on in place.
        mask: ``[H, W]`` uint8, set to 1 in place where the object is.
        centre: ``[2]``, (x, y) in pixels.
        extent: Larger side in pixels.
        rng: Source of all randomness.
    """
    colour, angle = _colour(rng), float(rng.uniform(-20.0, 20.0))
    sides = (extent, extent * float(rng.uniform(0.4, 1.0)))
    sides = sides if rng.random() < 0.5 else sides[::-1]
    rounded = rng.random() < 0.35
    for shrink, brightness in ((1.0, 0.6), (0.9, 1.0)):
        shape = ((float(centre[0]), float(centre[1])), (sides[0] * shrink, sides[1] * shrink), angle)
        polygon = _ellipse_points(shape) if rounded else cv2.boxPoints(shape)
        polygon = np.rint(polygon * (1 << _SHIFT)).astype(np.int32)
        cv2.fillConvexPoly(image, polygon, tuple(brightness * c for c in colour), cv2.LINE_AA, _SHIFT)
        cv2.fillConvexPoly(mask, polygon, 1, cv2.LINE_8, _SHIFT)


def add_texture(image: np.ndarray, rng: np.random.Generator, coarse: float, fine: float) -> np.ndarray:
    """Add blotches (``coarse``) and sensor noise (``fine``), cut at a random place from fixed noise fields."""
    height, width = image.shape[:2]
    for kind, amount in (('coarse', coarse), ('fine', fine)):
        if amount > 0:
            field = _noise(kind)
            repeat = (-(-height // 256) + 1, -(-width // 256) + 1, 1)
            field = field if repeat == (2, 2, 1) else np.tile(field[:256, :256], repeat)
            top, left = rng.integers(0, 256, 2)
            tile = field[top : top + height, left : left + width]
            image = cv2.addWeighted(image, 1.0, tile, amount, -128.0 * amount)
    return image


def _noise(kind: str) -> np.ndarray:
    """A noise field ``[512, 512, 3]`` around 128 that repeats every 256 pixels; the same in every process."""
    if kind not in _NOISE:
        rng = np.random.default_rng(20240229)
        cells = 256 if kind == 'fine' else 24
        field = rng.normal(128.0, 24.0, (cells, cells, 3))
        if kind == 'coarse':
            field = cv2.resize(np.tile(field, (3, 3, 1)), (768, 768), interpolation=cv2.INTER_CUBIC)[256:512, 256:512]
        _NOISE[kind] = np.tile(np.clip(field, 0, 255).astype(np.uint8), (2, 2, 1))
    return _NOISE[kind]


def _draw_shape(image: np.ndarray, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    centre, extent = rng.uniform((0, 0), (width, height)), rng.uniform(10, 0.45 * min(width, height), 2)
    shape = ((float(centre[0]), float(centre[1])), (float(extent[0]), float(extent[1])), float(rng.uniform(0, 180)))
    kind = rng.random()
    if kind < 0.4:
        polygon = cv2.boxPoints(shape)
    elif kind < 0.75:
        polygon = _ellipse_points(shape)
    else:
        corners = centre + rng.uniform(-0.6, 0.6, (int(rng.integers(3, 7)), 2)) * extent
        polygon = cv2.convexHull(corners.astype(np.float32))[:, 0]
    cv2.fillConvexPoly(image, np.rint(polygon * (1 << _SHIFT)).astype(np.int32), _colour(rng), cv2.LINE_AA, _SHIFT)


def _draw_limb(image: np.ndarray, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    start = rng.uniform((0, 0), (width, height))
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(20, 60)
    end = start + length * np.array([np.cos(angle), np.sin(angle)])
    colour, thickness = _colour(rng), int(rng.integers(5, 13))
    dark = tuple(0.62 * channel for channel in colour)
    cv2.line(image, _fixed(start), _fixed(end), dark, thickness, cv2.LINE_AA, _SHIFT)
    cv2.line(image, _fixed(start), _fixed(end), colour, max(thickness - 3, 1), cv2.LINE_AA, _SHIFT)


def _ellipse_points(shape: tuple) -> np.ndarray:
    (x, y), (width, height), angle = shape
    turn = np.arange(24) * (np.pi / 12)
    across, down = 0.5 * width * np.cos(turn), 0.5 * height * np.sin(turn)
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    return np.stack([x + c * across - s * down, y + s * across + c * down], axis=1)


def _fixed(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0]) * (1 << _SHIFT)), round(float(point[1]) * (1 << _SHIFT))


def _colour(rng: np.random.Generator) -> tuple[float, float, float]:
    return tuple(float(channel) for channel in rng.integers(30, 226, 3))

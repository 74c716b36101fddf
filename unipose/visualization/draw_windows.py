"""Draws a canvas with the window of it that each model sees, and the windows beside it."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import torch

from unipose.media.panels import WHITE, enlarged, framed, panel
from unipose.people import draw_skeleton
from unipose.simcc import Canvas, PaddedWindow, Persons, Placement, SimCCBins, Window
from unipose.skeletons import Skeleton

from .draw_targets import draw_target

# BGR; the student's first, distinct for people who cannot tell red from green (Okabe and Ito's palette)
_COLORS = ((66, 228, 240), (233, 180, 86), (0, 159, 230), (167, 121, 204), (115, 158, 0), (0, 94, 213))
_INSET = 4  # pixels between coinciding rectangles


def draw_windows(
    canvas_image: np.ndarray,
    keypoints: np.ndarray,
    visible: np.ndarray,
    skeleton: Skeleton,
    canvas: Canvas,
    student_window: Window,
    teacher_windows: Mapping[str, Window | PaddedWindow],
    persons: Persons | None = None,
    title: str = '',
    zoom: int = 2,
    bins: SimCCBins | None = None,
) -> np.ndarray:
    """Draws one sample: the canvas with labels and windows, and each window as its model sees it.

    Args:
        canvas_image: ``[Hc, Wc, 3]``, uint8, BGR.
        keypoints: ``[K, 2]``, pixels of the student's input, xy.
        visible: ``[K]``; keypoints of 0 are not drawn.
        skeleton: The keypoints' skeleton.
        canvas: The canvas; its size is that of the image.
        student_window: The student's window, which the keypoints are relative to.
        teacher_windows: The teachers' windows by name.
        persons: The one person whom the canvas is about; a PaddedWindow needs to know.
        title: Text above everything.
        zoom: Picture pixels per canvas pixel and per input pixel.
        bins: The student's; with them, a last panel has the labels' distributions.

    Returns:
        The picture, ``[H, W, 3]``, uint8, BGR.

    Raises:
        ValueError: If the image has another size than the canvas, or shapes do not fit the skeleton.
    """
    if canvas_image.shape != (*canvas.size[::-1], 3):
        raise ValueError(
            f'the canvas is {canvas.size[0]}x{canvas.size[1]}. Got: an image of shape {canvas_image.shape}, which '
            f'should be {(*canvas.size[::-1], 3)}'
        )
    windows = {'student': student_window, **{f'teacher {name}': window for name, window in teacher_windows.items()}}
    colors = [_COLORS[i % len(_COLORS)] for i in range(len(windows))]

    on_canvas = _student_to_canvas(np.asarray(keypoints, np.float64), canvas, student_window)
    drawn = draw_skeleton(
        enlarged(canvas_image, zoom), ((on_canvas + 0.5) * zoom - 0.5)[None], np.asarray(visible)[None] > 0, skeleton
    )
    places = {name: window.place(canvas, persons) for name, window in windows.items()}
    rectangles = [_edges(place) for place in places.values()]
    for number, (edges, color) in enumerate(zip(rectangles, colors, strict=True)):
        _draw_edges(drawn, edges, color, zoom, inset=_INSET * rectangles[:number].count(edges))
    panels = [panel(drawn, f'canvas {canvas.size[0]}x{canvas.size[1]}', WHITE)]
    for (name, place), color in zip(places.items(), colors, strict=True):
        seen = _seen(canvas_image, place)
        panels.append(panel(enlarged(seen, zoom), f'{name} {place.input_size[0]}x{place.input_size[1]}', color))
    if bins is not None:
        student = _seen(canvas_image, places['student'])
        labels = bins.encode(torch.as_tensor(keypoints)[None], torch.as_tensor(visible)[None])
        panels.append(panel(draw_target(student, labels, skeleton, bins, zoom), 'labels', colors[0]))
    return framed(panels, title)


def _seen(canvas_image: np.ndarray, place: Placement) -> np.ndarray:
    seen = place.extract(torch.from_numpy(canvas_image).permute(2, 0, 1)[None].float())[0]
    return seen.round().clamp(0, 255).byte().permute(1, 2, 0).numpy()


def _edges(place: Placement) -> tuple[int, ...]:
    """Left, top, right and bottom of what is seen of the canvas, right and bottom beyond."""
    (left, right), (top, bottom) = (
        (round(float(start - 0.5 * step + 0.5)), round(float(start + (side - 0.5) * step + 0.5)))
        for (step, start), side in zip(place.axes, place.input_size, strict=True)
    )
    return left, top, right, bottom


def _student_to_canvas(keypoints: np.ndarray, canvas: Canvas, student: Window) -> np.ndarray:
    whole = Window(canvas.size, canvas.size)
    (scale_x, shift_x), (scale_y, shift_y) = (canvas.map_axis(whole, student, axis) for axis in (0, 1))
    return keypoints * (scale_x, scale_y) + (shift_x, shift_y)


def _draw_edges(image: np.ndarray, edges: tuple[int, ...], color: tuple[int, int, int], zoom: int, inset: int) -> None:
    left, top, right, bottom = (zoom * edge for edge in edges)
    cv2.rectangle(image, (left + inset, top + inset), (right - 1 - inset, bottom - 1 - inset), color, 2)

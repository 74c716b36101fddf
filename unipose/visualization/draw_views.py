"""Draws a canvas with the view that each model has of it, and the views beside it."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import torch

from unipose.media.panels import WHITE, enlarged, framed, panel
from unipose.people import draw_skeleton
from unipose.simcc import Canvas, PaddedView, Persons, Placement, SimCCBins, View
from unipose.skeletons import Skeleton

from .draw_targets import draw_target

# BGR; the student's first, distinct for people who cannot tell red from green (Okabe and Ito's palette)
_COLORS = ((66, 228, 240), (233, 180, 86), (0, 159, 230), (167, 121, 204), (115, 158, 0), (0, 94, 213))
_INSET = 4  # pixels between coinciding rectangles


def draw_views(
    canvas_image: np.ndarray,
    keypoints: np.ndarray,
    visible: np.ndarray,
    skeleton: Skeleton,
    canvas: Canvas,
    student_view: View,
    teacher_views: Mapping[str, View | PaddedView],
    persons: Persons | None = None,
    title: str = '',
    zoom: int = 2,
    bins: SimCCBins | None = None,
) -> np.ndarray:
    """Draws one sample: the canvas with labels and views, and each view as its model sees it.

    Args:
        canvas_image: ``[Hc, Wc, 3]``, uint8, BGR.
        keypoints: ``[K, 2]``, pixels of the student's input, xy.
        visible: ``[K]``; keypoints of 0 are not drawn.
        skeleton: The keypoints' skeleton.
        canvas: The canvas; its size is that of the image.
        student_view: The student's view, which the keypoints are relative to.
        teacher_views: The teachers' views by name.
        persons: The one person whom the canvas is about; a PaddedView needs to know.
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
    views = {'student': student_view, **{f'teacher {name}': view for name, view in teacher_views.items()}}
    colors = [_COLORS[i % len(_COLORS)] for i in range(len(views))]

    on_canvas = _student_to_canvas(np.asarray(keypoints, np.float64), canvas, student_view)
    drawn = draw_skeleton(
        enlarged(canvas_image, zoom), ((on_canvas + 0.5) * zoom - 0.5)[None], np.asarray(visible)[None] > 0, skeleton
    )
    places = {name: view.place(canvas, persons) for name, view in views.items()}
    windows = [_window(place) for place in places.values()]
    for number, (window, color) in enumerate(zip(windows, colors, strict=True)):
        _draw_window(drawn, window, color, zoom, inset=_INSET * windows[:number].count(window))
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


def _window(place: Placement) -> tuple[int, ...]:
    """Left, top, right and bottom of what is seen of the canvas, right and bottom beyond."""
    (left, right), (top, bottom) = (
        (round(float(start - 0.5 * step + 0.5)), round(float(start + (side - 0.5) * step + 0.5)))
        for (step, start), side in zip(place.axes, place.input_size, strict=True)
    )
    return left, top, right, bottom


def _student_to_canvas(keypoints: np.ndarray, canvas: Canvas, student: View) -> np.ndarray:
    whole = View(canvas.size, canvas.size)
    (scale_x, shift_x), (scale_y, shift_y) = (canvas.map_axis(whole, student, axis) for axis in (0, 1))
    return keypoints * (scale_x, scale_y) + (shift_x, shift_y)


def _draw_window(
    image: np.ndarray, window: tuple[int, ...], color: tuple[int, int, int], zoom: int, inset: int
) -> None:
    left, top, right, bottom = (zoom * edge for edge in window)
    cv2.rectangle(image, (left + inset, top + inset), (right - 1 - inset, bottom - 1 - inset), color, 2)

"""People who walk through a picture: rendered, with the box and the true place of everybody in every frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from unipose.datasets.synthetic.appearance import sample_appearance
from unipose.datasets.synthetic.camera import Camera
from unipose.datasets.synthetic.clutter import draw_background
from unipose.datasets.synthetic.figure import (
    COCO_KEYPOINTS,
    landmark_names,
    sample_proportions,
    solve,
    standing_height,
)
from unipose.datasets.synthetic.renderer import ProjectedFigure, draw_person, sample_drape

FPS = 25.0
_STRIDE = 0.8  # standing heights that a cycle of two steps covers
_LIGHT = math.cos(1.2 * math.pi), -abs(math.sin(1.2 * math.pi))
_NAMES = landmark_names(COCO_KEYPOINTS, 'coco')
_MARGIN = 0.05  # of the standing height, flesh around a figure's points

Path = Callable[[float], tuple[float, float]]
"""From seconds to where a walker is: x in widths of the picture, and the direction it faces, -1 to 1 (right)."""


class Truth(NamedTuple):
    """A person in a frame: who it is, its box ``[4]`` within the picture, COCO's keypoints and how much of it shows."""

    identity: int
    box: np.ndarray
    keypoints: np.ndarray
    visible: float


@dataclass
class Walker:
    """A person with a body, clothes and a path; ``depth`` 0 is far and 1 is near, ``height`` in pixels."""

    path: Path
    depth: float
    height: float
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.body, self.colours = sample_proportions(self.rng), sample_appearance(self.rng)
        self.drape, self.phase = sample_drape(self.rng, 0.3), self.rng.uniform(0, 2 * math.pi)
        self._walked, self._before = 0.0, self.path(0.0)[0]

    def figure(self, seconds: float, size: tuple[int, int]) -> ProjectedFigure:
        """The figure in the picture, which is asked for frame by frame."""
        x, facing = self.path(seconds)
        self._walked += abs(x - self._before) * size[0] / self.height
        self._before = x
        points = solve(self.body, walking(self.phase + 2 * math.pi * self._walked / _STRIDE))
        camera = Camera(yaw=facing * math.radians(70), pitch=0.05, roll=0.0, distance=6.0)
        offsets, depth, scale = camera.project(np.stack(list(points.values())))
        unit = self.height / standing_height(self.body)
        pelvis = np.array([x * size[0], size[1] * (0.92 - 0.12 * (1 - self.depth)) - 0.52 * self.height])
        names = {name: index for index, name in enumerate(points)}
        figure = ProjectedFigure(names, offsets * unit + pelvis, depth, scale * unit, self.body['girth'])
        return replace(figure, drape=self.drape)


def walking(phase: float) -> dict[str, float]:
    """Joint angles of a step, radians."""
    swing, degrees = math.sin(phase), dict.fromkeys(('root_lean', 'root_tilt', 'spine_lateral', 'spine_twist'), 0.0)
    degrees |= dict(spine_flexion=4.0, neck_flexion=4.0, neck_lateral=0.0, neck_twist=0.0)
    for side, sign in (('left', 1), ('right', -1)):
        degrees |= {
            f'{side}_hip_flexion': 8 + 24 * sign * swing,
            f'{side}_hip_abduction': 3.0,
            f'{side}_knee_flexion': 8 + 30 * max(0.0, sign * math.cos(phase)),
            f'{side}_shoulder_flexion': -20 * sign * swing,
            f'{side}_shoulder_abduction': 10.0,
            f'{side}_shoulder_rotation': 10.0,
            f'{side}_elbow_flexion': 25.0,
        }
    return {name: math.radians(angle) for name, angle in degrees.items()}


def straight(start: float, speed: float) -> Path:
    """Walks on at a speed, widths a second."""
    return lambda seconds: (start + speed * seconds, math.copysign(1, speed))


def turning(start: float, speed: float, turn: float) -> Path:
    """Walks, and after ``turn`` seconds back."""
    return lambda seconds: (
        start + speed * (turn - abs(seconds - turn)),
        math.copysign(1, speed) * float(np.clip((turn - seconds) / 0.3, -1, 1)),
    )


def standing(place: float, facing: float = 0.2) -> Path:
    """Stands, with a sway."""
    return lambda seconds: (place + 0.004 * math.sin(2 * seconds), facing)


def scenes(seed: int) -> dict[str, list[Path]]:
    """Paths of four people each, far ones first: what a tracker meets."""
    rng = np.random.default_rng(seed)
    speed = lambda: float(rng.uniform(0.12, 0.24))  # noqa: E731
    crossing = [straight(-0.05 + rng.uniform(0, 0.2), speed()) for _ in range(2)]
    crossing += [straight(1.05 - rng.uniform(0, 0.2), -speed()) for _ in range(2)]
    near, far = rng.uniform(1.5, 2.5, 2)
    back = [turning(0.15, 0.15, near), turning(0.85, -0.15, near), turning(0.3, 0.2, far), standing(0.55)]
    leaving = [turning(0.75, 0.18, rng.uniform(1.9, 2.6)), turning(0.2, -0.2, rng.uniform(1.6, 2.2))]
    leaving += [standing(0.4), standing(0.62, -0.3)]
    same = [straight(-0.1, 0.22), straight(0.0, 0.17), straight(0.1, 0.13), straight(0.85, -0.12)]
    return dict(crossing=crossing, turning=back, leaving=leaving, overtaking=same)


def walkers(paths: list[Path], seed: int, height: float) -> list[Walker]:
    """People on paths, each nearer and taller than the one before."""
    depths = np.linspace(0.2, 1.0, len(paths))
    return [
        Walker(path, depth, height * (0.75 + 0.25 * depth), np.random.default_rng([seed, number]))
        for number, (path, depth) in enumerate(zip(paths, depths, strict=True))
    ]


def play(
    people: list[Walker], frames: int, size: tuple[int, int], seed: int
) -> Iterator[tuple[np.ndarray, list[Truth]]]:
    """Draws frames ``[H, W, 3]``, BGR, one after another, and says who is where; who is outside is not said."""
    background = draw_background(size, np.random.default_rng(seed), 0.3)
    for number in range(frames):
        image = background.copy()
        owner = np.full(image.shape[:2], -1, np.int8)
        figures = [person.figure(number / FPS, size) for person in people]
        drawn = []
        for identity, (person, figure) in enumerate(zip(people, figures, strict=True)):
            body = draw_person(image, figure, person.colours, _LIGHT) > 0
            owner[body] = identity
            drawn.append(body)
        truths = []
        for identity, (person, figure, body) in enumerate(zip(people, figures, drawn, strict=True)):
            margin = _MARGIN * person.height
            points = np.array([figure.xy[figure.names[name]] for name in _NAMES])
            whole = np.concatenate([points.min(0) - margin, points.max(0) + margin])
            box = whole.clip(0, [*size, *size])
            sides = box[2:] - box[:2]
            if (sides > 0.1 * (whole[2:] - whole[:2])).all():
                visible = (owner[body] == identity).sum() / max(body.sum(), 1)
                truths.append(Truth(identity, box, points, float(visible)))
        yield image, truths

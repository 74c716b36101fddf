"""People with keypoints: MPII's annotated ones, and synthetic ones of whom both MPII's and COCO's points are known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
from unipose.datasets.synthetic import SceneOptions, render_scene
from unipose.datasets.synthetic.figure import landmark_names
from unipose.datasets.synthetic.scene import OUTSIDE
from unipose.skeletons import Skeleton, load_skeleton


@dataclass(frozen=True)
class People:
    """Keypoints of N people.

    Args:
        skeleton: Its K keypoints.
        places: ``[N, K, 2]``, pixels, 0-based.
        known: ``[N, K]``, whether a place is known.
    """

    skeleton: Skeleton
    places: np.ndarray
    known: np.ndarray

    def of(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Places ``[N, 2]`` of a keypoint, and whether they are known ``[N]``."""
        index = self.skeleton.index(name)
        return self.places[:, index], self.known[:, index]

    def between(self, ends: tuple[str, str]) -> tuple[np.ndarray, np.ndarray]:
        """Places half-way between two keypoints, known where both ends are."""
        (first, one), (second, other) = map(self.of, ends)
        return (first + second) / 2, one & other


def mpii_people(file: Path) -> tuple[People, list[str]]:
    """The people of an annotation file in MPII's layout, and the names of their pictures."""
    entries = json.loads(file.read_text(encoding='utf-8'))
    places = np.array([entry['joints'] for entry in entries], float) - 1.0  # 1-based on disk
    known = np.array([entry['joints_vis'] for entry in entries]) > 0
    return People(load_skeleton('mpii'), places, known), [entry['image'] for entry in entries]


def synthetic_people(images: int, seed: int = 0) -> dict[str, People]:
    """Synthetic people in MPII's and in COCO's keypoints."""
    skeletons = {name: load_skeleton(name) for name in ('mpii', 'coco')}
    rng, options = np.random.default_rng(seed), SceneOptions(difficulty=0.6)
    people = [person for _ in range(images) for person in render_scene(rng, options)[1]]
    found = {}
    for name, skeleton in skeletons.items():
        points = landmark_names(skeleton.names, name)
        places, visibility = zip(*(person.select(points) for person in people))
        found[name] = People(skeleton, np.stack(places), np.stack(visibility) != OUTSIDE)
    return found

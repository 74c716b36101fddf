"""Predictions and rescorers that tests are made of."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import torch

from unipose.rescoring import Predictions
from unipose.rescoring.rescorer import Rescorer
from unipose.skeletons import load_skeleton


def predictions(count: int = 40, per_image: int = 2, skeleton: str = 'coco', **changes: Any) -> Predictions:
    """People in boxes of 100 x 200 pixels; how well each is placed is the mean of the keypoint scores, squared."""
    rng = np.random.default_rng(0)
    names = load_skeleton(skeleton)
    scores = rng.uniform(0, 1, (count, 1)) * rng.uniform(0.8, 1, (count, len(names)))
    people = Predictions(
        names=np.array(names.names),
        links=np.array(names.link_indices),
        flip_indices=np.array(names.flip_indices),
        keypoints=rng.uniform([50, 80], [150, 280], (count, len(names), 2)).astype(np.float32),
        scores=scores.astype(np.float32),
        bbox=np.tile(np.float32([50, 80, 150, 280]), (count, 1)),
        bbox_score=np.ones(count, np.float32),
        known=np.ones((count, len(names)), bool),
        image=np.arange(count) // per_image,
        source=np.array(['coco'] * count),
        oks=scores.mean(1) ** 2,
    )
    return dataclasses.replace(people, **changes)


def write_rescorer(path: Path, skeleton: str = 'coco+mpii', seed: int = 0) -> Path:
    """Writes a rescorer with random weights."""
    names = load_skeleton(skeleton)
    torch.manual_seed(seed)
    rescorer = Rescorer(names.names, names.link_indices)
    rescorer.layers[-1].weight.data.mul_(20)  # people's scores differ
    rescorer.save(path)
    return path

"""Annotation files in Halpe's layout, written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import REPOSITORY
from unipose.files.read_image_size import read_image_size
from unipose.skeletons import load_skeleton

HALPE = load_skeleton('halpe26')


def body(**places: tuple[float, float] | tuple[float, float, float]) -> np.ndarray:
    """Keypoints ``[26, 3]`` of halpe26; those that are not named are not labelled."""
    keypoints = np.zeros((26, 3))
    for name, place in places.items():
        keypoints[HALPE.index(name)] = (*place, 2)[:3]
    return keypoints


def halpe_file(path: Path, people: list[dict[str, Any]], number: int = 136) -> str:
    """Writes annotations of people, who need ``keypoints`` ``[26, 3]`` or None, and may say the rest.

    ``num_keypoints`` is 3 for everybody, as Halpe's own files have it. Images that lie in
    ``val2017`` beside the file's folder have their sizes, others 400x400 pixels.
    """
    annotations = []
    for identity, person in enumerate(people, start=1):
        keypoints = person['keypoints']
        if keypoints is not None:
            keypoints = np.concatenate([keypoints, np.zeros((number - 26, 3))]).reshape(-1).tolist()
        defaults = dict(id=identity, image_id=1, category_id=1, iscrowd=0, num_keypoints=3)
        defaults |= dict(bbox=[0, 0, 100, 100], area=100 * 100)
        annotations.append({**defaults, **person, 'keypoints': keypoints})
    images = []
    for image in sorted({annotation['image_id'] for annotation in annotations}):
        picture = path.parents[1] / f'val2017/{image:012d}.jpg'
        width, height = read_image_size(picture) if picture.is_file() else (400, 400)
        images.append(dict(id=image, width=width, height=height, file_name=picture.name))
    path.parent.mkdir(parents=True, exist_ok=True)
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='person')])
    path.write_text(json.dumps(content))
    return str(path)


def halpe_sources(path: Path, root: Path) -> Path:
    """Writes configs/sources/halpe.py for a Halpe whose annotations and pictures are in one folder."""
    file = 'annotations/halpe_val_v1.json'
    dataset = dict(data_root=str(root), ann_file=file, data_prefix=dict(img='val2017/'))
    path.write_text(
        f'_base_ = {str(REPOSITORY / "configs/sources/halpe.py")!r}\n'
        f'test_dataloader = dict(dataset=dict(sources=dict(halpe=dict(dataset={dataset}))))\n'
        f'test_evaluator = dict(metrics=dict(halpe=dict(ann_file={str(root / file)!r})))\n'
    )
    return path

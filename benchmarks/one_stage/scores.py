"""How well a one-stage student finds people and their keypoints, by groups of keypoints."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import nn

from unipose.compat.oks_evaluation import COCO, COCOeval
from unipose.datasets.whole_picture_dataset import WholePictureDataset
from unipose.skeletons import Skeleton, load_skeleton

_IOU = 0.3  # of the boxes of a person and of who is taken for them
_NEAR = (0.05, 0.02)  # of the longer side of a person's box


class Found(NamedTuple):
    """A picture's people as annotated and as predicted, pixels of the picture.

    Args:
        picture: As :class:`unipose.datasets.picture_source.PictureSource` has it.
        keypoints: ``[M, K, 2]``.
        boxes: ``[M, 4]``, xyxy.
        scores: ``[M]``.
        keypoint_scores: ``[M, K]``.
    """

    picture: dict[str, Any]
    keypoints: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray
    keypoint_scores: np.ndarray


@torch.no_grad()
def predict(model: nn.Module, dataset: WholePictureDataset, batch: int = 16) -> Iterator[Found]:
    """Predicts the people of all pictures of a dataset in test mode."""
    for first in range(0, len(dataset), batch):
        numbers = range(first, min(first + batch, len(dataset)))
        data = pseudo_collate([dataset[number] for number in numbers])
        for number, sample in zip(numbers, model.test_step(data), strict=True):
            people = sample.pred_instances
            found = people.keypoints, people.bboxes, people.bbox_scores, people.keypoint_scores
            yield Found(dataset.get_data_info(number), *found)


def groups() -> dict[str, tuple[str, list[str]]]:
    """The groups of keypoints that are scored, each on the people of a source that annotates it, by name."""
    coco, mpii = load_skeleton('coco').names, load_skeleton('mpii').names
    return {
        'coco': ('coco', list(coco)),
        'shared': ('mpii', [name for name in mpii if name in coco]),
        'mpii_only': ('mpii', [name for name in mpii if name not in coco]),
    }


def score(found: Iterable[Found], union: Skeleton) -> dict[str, dict[str, float]]:
    """By group: AP by OKS of its keypoints, shares of keypoints that are near their place, and their mean score.

    A person who is not found has no keypoint near, and none with a score.
    """
    found, result = list(found), {}
    for name, (source, names) in groups().items():
        own, indices = [one for one in found if one.picture['source'] == source], [union.index(n) for n in names]
        result[name] = dict(ap=_average_precision(own, indices, union), **_shares(own, indices))
    return result


def _shares(found: list[Found], indices: list[int]) -> dict[str, float]:
    distances, scores = [], []
    for one in found:
        for box, keypoints, visible in zip(
            *(one.picture[key] for key in ('bbox', 'keypoints', 'keypoints_visible')), strict=True
        ):
            seen = [index for index in indices if visible[index] > 0]
            overlaps = _overlaps(box, one.boxes)
            if len(overlaps) and overlaps.max() >= _IOU:
                away = np.linalg.norm(one.keypoints[overlaps.argmax(), seen] - keypoints[seen], axis=-1)
                distances.append(away / (box[2:] - box[:2]).max())
                scores.append(one.keypoint_scores[overlaps.argmax(), seen])
            else:
                distances.append(np.full(len(seen), np.inf))
    distances = np.concatenate(distances)
    shares = {f'pck{near}': float(100 * (distances <= near).mean()) for near in _NEAR}
    return shares | dict(score=float(100 * np.concatenate(scores).mean()) if scores else 0.0)


def _overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of a box and each of others ``[M, 4]``."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    both = sides.clip(min=0).prod(1)
    return both / ((box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(1) - both)


def _average_precision(found: list[Found], indices: list[int], union: Skeleton) -> float:
    annotations, detections = [], []
    for number, one in enumerate(found, 1):
        picture = one.picture
        for box, area, keypoints, visible in zip(
            *(picture[key] for key in ('bbox', 'area', 'keypoints', 'keypoints_visible')), strict=True
        ):
            seen = 2 * (visible[indices] > 0)
            x1, y1, x2, y2 = map(float, box)
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=number,
                    category_id=1,
                    iscrowd=0,
                    area=float(area),
                    bbox=[x1, y1, x2 - x1, y2 - y1],
                    keypoints=np.column_stack([keypoints[indices], seen]).ravel().tolist(),
                    num_keypoints=int((seen > 0).sum()),
                )
            )
        for keypoints, confidence in zip(one.keypoints, one.scores, strict=True):
            places = np.column_stack([keypoints[indices], np.ones(len(indices))])
            detections.append(
                dict(image_id=number, category_id=1, keypoints=places.ravel().tolist(), score=float(confidence))
            )
    if not detections:
        return 0.0
    truth = COCO()
    truth.dataset = dict(
        images=[dict(id=number) for number in range(1, len(found) + 1)],
        annotations=annotations,
        categories=[dict(id=1, name='person')],
    )
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        sigmas = np.array([union.sigmas[index] for index in indices])
        evaluation = COCOeval(truth, truth.loadRes(detections), 'keypoints', sigmas=sigmas)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(100 * evaluation.stats[0])

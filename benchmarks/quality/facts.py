"""What an evaluation found of each person, as small as the benchmark's columns allow.

An AP is no mean over people, so what is kept is what it is made of: whether each detection is right at each OKS
threshold, and its place in the order of scores. :mod:`benchmarks.quality.scores` makes the columns of it.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.datasets.transforms import TopdownAffine
from mmpose.structures.bbox import bbox_xyxy2cs
from xtcocotools.cocoeval import COCOeval

from benchmarks.quality.scores import Facts, PersonScores, pack
from unipose.datasets.source import Source
from unipose.evaluation import CocoKeypointMetric
from unipose.evaluation.configs import student_config
from unipose.evaluation.evaluate import Evaluation
from unipose.evaluation.mpii_pckh_metric import NOT_IN_MEAN
from unipose.evaluation.segment_pck_metric import SegmentPCKMetric, hits
from unipose.skeletons import load_skeleton

# column, the metric it must be, and how far rounded records may be from it
_CHECKS = (
    ('coco_ap', 'coco/AP', 0.01),
    ('mpii_pckh', 'mpii/PCKh@0.5', 0.5),
    ('mpii_pckh01', 'mpii/PCKh@0.1', 0.5),
    ('lsp_pck', 'lsp/PCK@0.2', 0.1),
    ('lsp_pckh', 'lsp/PCKh@0.5', 0.1),
)
_NOT_SETTINGS = ('type', 'skeleton', 'aliases', 'prefix')  # what the evaluator takes for itself


def person_facts(evaluation: Evaluation, config: str | Path | Config) -> Facts:
    """What the columns are made of, ready for JSON: about 7 bytes a person.

    It is computed from the evaluation's records by the rules of :class:`CocoKeypointMetric`, :class:`MpiiPCKhMetric`
    and :class:`SegmentPCKMetric`. Records are rounded (pixels to 3 digits, scores to 4): the columns are what these
    metrics say of the rounded predictions, which is near what they said of the predictions themselves.

    Args:
        evaluation: What was found, with one prediction for each annotated person's own box.
        config: The config that was evaluated, or its file; it names the annotations.

    Returns:
        Packed arrays of the sources ``coco``, ``mpii`` and ``lsp``, as far as they were evaluated. All have ``images``
        ``[I]``, the ids of all annotated images, and ``image`` ``[P]``, each person's place among them; people are in
        the order of their annotations' ids. Of COCO further:

        - ``annotated`` ``[I]``: people to find, without crowds and people without keypoints.
        - ``rank`` ``[P]``: place in COCOeval's order, by score and, where scores are the same, by image.
        - ``hits``, ``misses`` ``[P]``: bit i is whether the detection is right, or wrong, at OKS 0.5 + 0.05 i. It is
          neither if it matches what is not to be found, or was suppressed as a duplicate of another.
        - ``fixed_hits``, ``fixed_misses`` ``[P]``: the same where all keypoints score 1.

        Of MPII: ``joints``, ``right``, ``right01`` ``[P]``, the annotated joints that PCKh's mean is over, and those
        of them within 0.5 and 0.1 of the head's size. Of LSP: ``joints`` and ``right`` ``[P]``, those that PCK@0.2
        counts and those of them that are right, ``joints_of_head`` and ``right_of_head`` likewise of PCKh@0.5.

    Raises:
        ValueError: If the evaluation has none of these sources, or the config names other annotations than were
            evaluated.
    """
    config = student_config(config)
    facts = {}
    for source, facts_of in (('coco', _coco), ('mpii', _mpii), ('lsp', _lsp)):
        records = [record for record in evaluation.predictions if record['source'] == source]
        if records:
            records.sort(key=lambda record: record['id'])
            indices = [evaluation.keypoint_names.index(name) for name in load_skeleton(source).names]
            keypoints = np.array([record['keypoints'] for record in records])[:, indices]  # [P, K, 2]
            arrays = facts_of(records, keypoints, indices, config, evaluation.protocol)
            facts[source] = {name: pack(array) for name, array in arrays.items()}
    if not facts:
        raise ValueError('the evaluation has no predictions of a source coco, mpii or lsp')
    columns = PersonScores(facts).columns()
    for column, metric, tolerance in _CHECKS:
        if column in columns and not np.isclose(
            columns[column], evaluation.metrics[metric], rtol=0, atol=tolerance, equal_nan=True
        ):
            raise ValueError(
                f'the records give {column} {columns[column]:.4f}, the evaluation says {evaluation.metrics[metric]:.4f}'
                '; give the config that was evaluated'
            )
    return facts


class _CocoMatching(CocoKeypointMetric):
    """The metric as far as the matching of people, which it keeps instead of summing it up."""

    def results2json(self, keypoints: Mapping[int, list[dict]], outfile_prefix: str) -> None:
        # COCOeval numbers detections from 1, in the order of this file
        self.ids = [instance['id'] for instances in keypoints.values() for instance in instances]
        super().results2json(keypoints, outfile_prefix)

    def _do_python_keypoint_eval(self, outfile_prefix: str) -> list:
        detections = self.coco.loadRes(f'{outfile_prefix}.keypoints.json')
        matching = COCOeval(self.coco, detections, self.iou_type, self.dataset_meta['sigmas'], self.use_area)
        matching.params.areaRng = matching.params.areaRng[:1]  # people of all sizes
        matching.evaluate()
        self.matched = [image for image in matching.evalImgs if image is not None]
        return []


def _coco(
    records: Sequence[Mapping[str, Any]],
    keypoints: np.ndarray,
    indices: Sequence[int],
    config: Config,
    protocol: Mapping[str, Any],
) -> dict[str, Any]:
    settings = {key: value for key, value in config.test_evaluator.metrics.coco.items() if key not in _NOT_SETTINGS}
    metric = _CocoMatching(**settings, prefix='coco')
    metric.dataset_meta = parse_pose_metainfo(load_skeleton('coco').to_metainfo())
    place = {image: number for number, image in enumerate(sorted(metric.coco.imgs))}
    _check_known('image', {record['img_id'] for record in records} - place.keys(), metric.ann_file)
    facts = dict(images=list(place), image=[place[record['img_id']] for record in records])
    scores = np.array([record['scores'] for record in records])[:, indices]  # [P, K]
    boxes = np.array([record['bbox'] for record in records], dtype=np.float32)
    width, height = protocol['input_size']
    _, crops = bbox_xyxy2cs(boxes, padding=protocol['padding']['coco'])
    crops = TopdownAffine._fix_aspect_ratio(crops, width / height)  # [P, 2], duplicates are judged by their size
    people = [
        dict(
            id=record['id'],
            img_id=record['img_id'],
            category_id=1,
            keypoints=keypoints[[i]],
            bbox_scores=np.ones(1),
            areas=np.prod(crops[[i]], axis=1),
            box_scaled_errors=None,
        )
        for i, record in enumerate(records)
    ]
    row = {record['id']: i for i, record in enumerate(records)}
    for prefix, given in (('fixed_', np.ones_like(scores)), ('', scores)):
        metric.compute_metrics([(dict(one, keypoint_scores=given[[i]]), {}) for i, one in enumerate(people)])
        rows = [row[metric.ids[number - 1]] for image in metric.matched for number in image['dtIds']]
        matched = np.concatenate([image['dtMatches'] for image in metric.matched], axis=1) > 0  # [10, D]
        ignored = np.concatenate([image['dtIgnore'] for image in metric.matched], axis=1).astype(bool)
        for name, found in (('hits', matched & ~ignored), ('misses', ~matched & ~ignored)):
            facts[prefix + name] = np.zeros(len(records), dtype=int)
            facts[prefix + name][rows] = (1 << np.arange(len(found))) @ found
    order = np.argsort([-score for image in metric.matched for score in image['dtScores']], kind='mergesort')
    facts['rank'] = np.full(len(records), len(rows))
    facts['rank'][np.take(rows, order)] = np.arange(len(rows))
    facts['annotated'] = np.zeros(len(place), dtype=int)
    for image in metric.matched:
        facts['annotated'][place[image['image_id']]] = np.count_nonzero(np.equal(image['gtIgnore'], 0))
    return facts


def _mpii(
    records: Sequence[Mapping[str, Any]],
    keypoints: np.ndarray,
    indices: Sequence[int],
    config: Config,
    protocol: Mapping[str, Any],
) -> dict[str, Any]:
    mpii = load_skeleton('mpii')
    people, images = annotated_people('mpii', records, config)
    heads = np.array([np.ravel(one['head_size'])[:1] for one in people], dtype=np.float64)  # [P, 1]
    truth = np.concatenate([one['keypoints'] for one in people])  # [P, K, 2]
    counted = (np.concatenate([one['keypoints_visible'] for one in people]) > 0) & (heads > 0)
    counted &= ~np.isin(mpii.names, NOT_IN_MEAN)
    distances = np.linalg.norm(np.subtract(keypoints, truth, dtype=float), axis=-1)
    scaled = np.divide(distances, heads, out=np.full_like(distances, np.inf), where=heads > 0)  # [P, K]
    return dict(
        images=images,
        image=np.searchsorted(images, [record['img_id'] for record in records]),
        joints=counted.sum(axis=1),
        right=(counted & (scaled <= 0.5)).sum(axis=1),
        right01=(counted & (scaled <= 0.1)).sum(axis=1),
    )


def _lsp(
    records: Sequence[Mapping[str, Any]],
    keypoints: np.ndarray,
    indices: Sequence[int],
    config: Config,
    protocol: Mapping[str, Any],
) -> dict[str, Any]:
    people, images = annotated_people('lsp', records, config)
    truth = np.concatenate([one['keypoints'] for one in people])  # [P, K, 2]
    known = np.concatenate([one['keypoints_visible'] for one in people]) > 0
    facts = dict(images=images, image=np.searchsorted(images, [record['img_id'] for record in records]))
    for suffix, (ends, threshold) in zip(('', '_of_head'), SegmentPCKMetric().measures.values(), strict=True):
        counted, right = hits(keypoints, truth, known, [load_skeleton('lsp').index(end) for end in ends], threshold)
        facts |= {f'joints{suffix}': counted.sum(axis=1), f'right{suffix}': right.sum(axis=1)}
    return facts


def annotated_people(
    name: str, records: Sequence[Mapping[str, Any]], config: Config
) -> tuple[list[dict[str, Any]], list[int]]:
    """The samples of a source that records are of, in their order, and the ids of all its images."""
    given = config.test_dataloader.dataset.sources[name]
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it reads
        source = Source(name, union=load_skeleton(name), test_mode=True, **given)
    people = {one['id']: one for one in (source[i] for i in range(len(source)))}
    _check_known('person', {record['id'] for record in records} - people.keys(), source.dataset.ann_file)
    return [people[record['id']] for record in records], sorted({one['img_id'] for one in people.values()})


def _check_known(what: str, unknown: set[int], file: str) -> None:
    if unknown:
        raise ValueError(
            f'{what} {min(unknown)} of the predictions is not in {file}; give the config that was evaluated'
        )

"""What an evaluation of whole pictures found of each person, as the benchmark's columns are made of it."""

from __future__ import annotations

import contextlib
import io

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import numpy as np
from mmengine.config import Config
from xtcocotools.cocoeval import COCOeval

from benchmarks.quality.scores import Facts, PersonScores, pack
from unipose.evaluation.coco_truth import CocoTruth
from unipose.evaluation.configs import student_config
from unipose.evaluation.evaluate import Evaluation
from unipose.skeletons import load_skeleton

_ROUNDING = 0.002  # of AP, since records are rounded


def found_facts(evaluation: Evaluation, config: Config) -> Facts:
    """Facts of source ``coco``, see :func:`benchmarks.quality.facts.person_facts`.

    Those where all score the same (``fixed_``) are left empty: among whom a model finds are many whom it hardly takes
    for people, and they would count as much as the others.

    Args:
        evaluation: What was found.
        config: The config that was evaluated; it names the annotations.

    Raises:
        ValueError: If the records give another AP than was evaluated.
    """
    skeleton, records = load_skeleton('coco'), evaluation.predictions
    truth = CocoTruth.read(student_config(config).test_evaluator.metrics.coco.ann_file, skeleton)
    place = {image: number for number, image in enumerate(sorted(truth.coco.imgs))}
    results = [
        dict(
            image_id=truth.image(record['img_id']),
            category_id=truth.category,
            score=record['score'],
            keypoints=np.column_stack([record['keypoints'], record['scores']]).ravel().tolist(),
        )
        for record in records
    ]
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it does
        matching = COCOeval(truth.coco, truth.coco.loadRes(results), 'keypoints', np.array(skeleton.sigmas), True)
        matching.params.areaRng = matching.params.areaRng[:1]  # people of all sizes
        matching.evaluate()
    images = [image for image in matching.evalImgs if image is not None]
    rows = np.concatenate([image['dtIds'] for image in images]).astype(int) - 1  # numbered from 1, as given
    matched = np.concatenate([image['dtMatches'] for image in images], axis=1) > 0  # [10, D]
    ignored = np.concatenate([image['dtIgnore'] for image in images], axis=1).astype(bool)
    order = np.argsort([-score for image in images for score in image['dtScores']], kind='mergesort')
    facts = dict(images=list(place), image=[place[one['image_id']] for one in results])
    facts['rank'] = np.full(len(records), len(rows))
    facts['rank'][rows[order]] = np.arange(len(rows))
    for name, found in (('hits', matched & ~ignored), ('misses', ~matched & ~ignored)):
        facts[name], facts[f'fixed_{name}'] = np.zeros((2, len(records)), dtype=int)
        facts[name][rows] = (1 << np.arange(len(found))) @ found
    facts['annotated'] = np.zeros(len(place), dtype=int)
    for image in images:
        facts['annotated'][place[image['image_id']]] = np.count_nonzero(np.equal(image['gtIgnore'], 0))
    packed = dict(coco={name: pack(array) for name, array in facts.items()})
    ap, said = PersonScores(packed).columns()['coco_ap'], evaluation.metrics['coco/AP']
    if abs(ap - said) > _ROUNDING:
        raise ValueError(f'the records give AP {ap:.4f}, the evaluation says {said:.4f}; give the config of it')
    return packed

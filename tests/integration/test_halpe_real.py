"""Halpe's evaluator on real people: MPII's, written in Halpe's layout."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.evaluation_inputs import sample, student_test_config
from tests.halpe_files import HALPE, halpe_file, halpe_sources
from unipose.evaluation.added_sources import with_sources
from unipose.evaluation.evaluate import build_test_data, evaluate_ground_truth
from unipose.skeletons import KeypointMap, load_skeleton

MPII, UNION = load_skeleton('mpii'), load_skeleton('coco+mpii')
HIP = 0.14  # of a head above MPII's pelvis, in Halpe's figure


@pytest.fixture(scope='module')
def mpii(real_data: Path) -> list[dict]:
    """A few of MPII's people, all of whose joints are labelled."""
    file = real_data / 'people/mpii/annotations/mpii_val.json'
    if not file.is_file():
        pytest.skip(f'no {file}')
    return [person for person in json.loads(file.read_text()) if all(person['joints_vis'])][:24]


@pytest.fixture(scope='module')
def halpe(real_data: Path, mpii: list[dict], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """They in Halpe's layout, and a file that adds them to a config."""
    root = tmp_path_factory.mktemp('halpe')
    (root / 'val2017').mkdir()
    people, to_halpe = [], KeypointMap(MPII, HALPE, partial=True)
    for number, person in enumerate(mpii, start=1):
        joints = np.array(person['joints'], float) - 1  # MPII's first pixel is 1
        keypoints = to_halpe.scatter(np.concatenate([joints, np.full((16, 1), 2)], 1)[None])[0]
        pelvis, thorax, neck, top = (joints[MPII.index(n)] for n in ('pelvis', 'thorax', 'upper_neck', 'head_top'))
        up = (thorax - pelvis) / np.linalg.norm(thorax - pelvis)
        keypoints[HALPE.index('hip')] = (*(pelvis + HIP * np.linalg.norm(top - neck) * up), 2)
        (left, upper), (width, height) = joints.min(0), np.ptp(joints, axis=0)
        people.append(dict(keypoints=keypoints, image_id=number, bbox=[left, upper, width, height]))
        people[-1]['area'] = 0.53 * width * height
        (root / f'val2017/{number:012d}.jpg').symlink_to(real_data / 'people/mpii/images' / person['image'])
    halpe_file(root / 'annotations/halpe_val_v1.json', people)
    return halpe_sources(root / 'halpe.py', root)


@pytest.fixture(scope='module')
def config(halpe: Path):
    config = student_test_config(Path('none'))
    for part in (config.test_dataloader.dataset.sources, config.test_evaluator.metrics):
        part.coco = part.mpii = None
    return with_sources(config, halpe)


def test_ground_truth_scores_one(config) -> None:
    evaluation = evaluate_ground_truth(config)
    assert evaluation.metrics['halpe/AP'] == evaluation.metrics['halpe/AR'] == pytest.approx(1.0)
    assert evaluation.protocol['scored']['halpe'].startswith('20 of the 26 keypoints of halpe26, hip by pelvis')


def test_mpiis_pelvis_as_halpes_hip_costs_a_perfect_model_nothing(config, mpii: list[dict]) -> None:
    _, evaluator = build_test_data(config)
    to_union = KeypointMap(MPII, UNION)
    for number, person in enumerate(mpii, start=1):
        joints = to_union.scatter(np.array(person['joints'], float)[None] - 1)[0]
        evaluator.process([sample('halpe', number, joints, img_id=number)])
    assert evaluator.evaluate(len(mpii))['halpe/AP'] == pytest.approx(1.0)

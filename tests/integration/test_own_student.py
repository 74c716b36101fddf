"""The student that comes along: small, its origins and licences stated, and able to see a face in a photograph."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import unipose.student
from tests.runtime_alone import REPOSITORY, run_alone, unipose_run
from unipose.checkpoints.manifest import sha256_file
from unipose.runtime import OnnxInferencer, OnnxPoseEstimator, skeleton_of_file
from unipose.runtime.simcc import SIMCC_OUTPUTS
from unipose.skeletons import load_skeleton

PHOTO = REPOSITORY / 'docs/images/astronaut.jpg'
STUDENT = Path(unipose.student.__file__).with_name('student.onnx')
CARD = STUDENT.with_name('README.md')
PLACES = dict(nose=(226, 120), left_eye=(247, 103), right_eye=(203, 100))  # annotated by hand, pixels

pytestmark = pytest.mark.skipif(not STUDENT.is_file(), reason=f'this copy of unipose has no {STUDENT}')


def test_it_is_small() -> None:
    assert STUDENT.stat().st_size <= 8e6


def test_it_says_what_it_predicts_and_what_it_comes_from() -> None:
    assert skeleton_of_file(STUDENT).names == load_skeleton('coco+mpii').names
    facts = OnnxPoseEstimator(STUDENT).facts
    known = {one['kind']: one['conditions'] is not None for one in facts['licences']}
    assert known['teacher'] and known['source']


def test_its_card_is_of_this_file() -> None:
    text = CARD.read_text()
    assert sha256_file(STUDENT) in text
    for section in ('## Teachers', '## Licences', '## Results', 'By size of person', '## Limits', '## Pictures'):
        assert section in text
    pictures = [line.rpartition('(')[2].rstrip(')') for line in text.splitlines() if line.startswith('![')]
    assert pictures and all((CARD.parent / picture).is_file() for picture in pictures)


def test_it_sees_a_face_in_a_photograph() -> None:
    (person,) = OnnxInferencer(STUDENT)(PHOTO)
    names = skeleton_of_file(STUDENT).names
    for name, place in PLACES.items():
        assert np.linalg.norm(person.keypoints[names.index(name)] - place) < 40, name


def test_opencv_runs_it_too() -> None:
    estimator = OnnxPoseEstimator(STUDENT)
    width, height = estimator.input_size
    images = np.random.default_rng(0).normal(0, 1, (4, 3, height, width)).astype(np.float32)
    expected = estimator.run(images)
    for batch in (1, 4):
        net = cv2.dnn.readNetFromONNX(str(STUDENT))
        net.setInput(images[:batch])
        for ours, theirs in zip(net.forward(SIMCC_OUTPUTS), expected, strict=True):
            np.testing.assert_allclose(ours, theirs[:batch], atol=2e-3)  # it is in half precision


def test_it_runs_without_the_training_stack_and_without_being_named(tmp_path: Path) -> None:
    done = unipose_run(tmp_path, PHOTO, '--pred-out-dir', 'people')
    assert done.returncode == 0, done.stderr
    assert "unipose's own student: 21 keypoints" in done.stderr and 'loaded []' in done.stdout
    (person,) = json.loads((tmp_path / 'people/astronaut.json').read_text())['instances']
    assert len(person['keypoints']) == 21


def test_a_program_looks_without_the_training_stack(tmp_path: Path) -> None:
    program = "import unipose\n(person,) = unipose.load()(sys.argv[1])\nprint(*map(round, person['nose'][:2]))"
    done = run_alone(program, tmp_path, PHOTO)
    assert done.returncode == 0, done.stderr
    place, loaded = done.stdout.splitlines()
    assert np.linalg.norm(np.array(place.split(), float) - PLACES['nose']) < 40 and loaded == 'loaded []'
    assert "unipose's own student: 21 keypoints" in done.stderr

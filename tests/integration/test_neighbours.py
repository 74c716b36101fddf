"""Exported students in rtmlib, and people in supervision."""

import dataclasses

import cv2
import numpy as np
import pytest
import supervision
from rtmlib import Custom, RTMPose

from tests.student_export import write_exported
from unipose.people import Person, draw_skeleton, supervision_edges, to_supervision
from unipose.runtime import OnnxPoseEstimator, skeleton_of_file
from unipose.skeletons import load_skeleton

UNION = load_skeleton('coco+mpii')


@pytest.fixture
def image() -> np.ndarray:
    smooth = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    return cv2.resize(smooth, (320, 240), interpolation=cv2.INTER_CUBIC)


BOXES = np.array([[10, 10, 120, 200], [60, 5, 300, 235], [-20, 30, 90, 190]], np.float32)


@pytest.mark.parametrize('bgr', [True, False])
def test_rtmlib_finds_the_same_keypoints(tmp_path, image: np.ndarray, bgr: bool) -> None:
    file = write_exported(tmp_path, bgr=bgr)
    ours, scores = OnnxPoseEstimator(file)(image, BOXES)
    theirs, means = RTMPose(str(file), model_input_size=(96, 128))(image if bgr else image[..., ::-1], BOXES)
    assert theirs.shape == ours.shape == (3, 21, 2)
    both = (scores > 0) & (means > 0)  # theirs is the mean of both axes, ours the lesser one
    assert both.mean() > 0.9
    assert np.abs(theirs - ours)[both].max() < 0.5


def test_rtmlib_runs_it_with_opencv(tmp_path, image: np.ndarray) -> None:
    file = write_exported(tmp_path, bgr=True)
    backends = [RTMPose(str(file), (96, 128), backend=backend)(image, BOXES) for backend in ('onnxruntime', 'opencv')]
    (keypoints, scores), (found, found_scores) = backends
    np.testing.assert_allclose(found_scores, scores, rtol=1e-4, atol=1e-3)
    assert np.abs(found - keypoints)[scores > 0].max() < 0.5


def test_rtmlibs_scores_are_higher(tmp_path, image: np.ndarray) -> None:
    """docs/deploy.md has a higher threshold for them: the mean of two maxima, and ours is the lower one."""
    file = write_exported(tmp_path, bgr=True)
    estimator = OnnxPoseEstimator(file)
    rows = estimator.run(estimator.crops(image, np.array(BOXES, np.float32)))
    _, scores = estimator(image, BOXES)
    _, means = RTMPose(str(file), (96, 128))(image, BOXES)
    highest = [row.max(-1) for row in rows]
    np.testing.assert_allclose(scores, np.minimum(*highest), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(means, np.mean(highest, 0), rtol=1e-2, atol=0.1)  # their crops differ by a little


def test_rtmlib_takes_it_in_a_pipeline_of_its_own_and_ours_draws(tmp_path, image: np.ndarray) -> None:
    file = write_exported(tmp_path, bgr=True)
    keypoints, scores = Custom(pose_class='RTMPose', pose=str(file), pose_input_size=(96, 128))(image)
    ours, _ = OnnxPoseEstimator(file)(image, [[0, 0, 320, 240]])
    assert np.abs(keypoints - ours)[scores > 0].max() < 0.5
    drawn = draw_skeleton(image, keypoints, scores, skeleton_of_file(file), kpt_thr=0.0)
    assert drawn.shape == image.shape and (drawn != image).any()


def test_people_become_supervisions_keypoints() -> None:
    generator = np.random.default_rng(0)
    places, scores, box = generator.uniform(0, 99, (2, 21, 2)), np.linspace(0, 1, 21), np.array([0, 0, 99, 99])
    people = [Person(of_one, scores, box, bbox_score=0.5) for of_one in places]
    found = to_supervision(people, UNION, kpt_thr=0.5)
    assert isinstance(found, supervision.KeyPoints) and len(found) == 2
    assert found.xy == pytest.approx(places, abs=1e-4)
    assert found.visible.sum(1).tolist() == [11, 11]
    assert found.detection_confidence == pytest.approx(0.5 * 0.625)  # the mean of scores above 0.2
    annotator = supervision.EdgeAnnotator(edges=supervision_edges(UNION), thickness=2)
    drawn = annotator.annotate(np.zeros((100, 100, 3), np.uint8), found)
    assert drawn.any()
    assert 'tracker_id' not in found.data
    followed = to_supervision([dataclasses.replace(people[0], track_id=7), people[1]], UNION)
    assert followed.as_detections().data['tracker_id'].tolist() == [7, -1]
    empty = to_supervision([], UNION)
    assert empty.xy.shape == (0, 21, 2) and len(empty) == 0

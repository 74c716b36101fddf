import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import inference_topdown, init_model

from tests.builders import STUDENT
from tests.rescoring_inputs import write_rescorer
from tests.student_files import write_plain_student
from unipose.inference import PoseInferencer
from unipose.rescoring.rescorer import Rescorer
from unipose.skeletons import load_skeleton

BOXES = np.float32([[20, 30, 100, 140], [120, 0, 240, 160], [-30, 20, 60, 200], [50.5, 60.25, 90, 80]])


@pytest.fixture(scope='module')
def inferencer(student):
    return PoseInferencer(*student)


def keypoints_of(people):
    return np.stack([person.keypoints for person in people])


def scores_of(people):
    return np.stack([person.scores for person in people])


@pytest.mark.parametrize('flip_test', [True, False])
def test_it_is_what_mmpose_predicts_with_the_exported_student(tmp_path, student, image, flip_test):
    """The plain model, its own loader and its own inference function know nothing of unipose."""
    config_file, checkpoint = write_plain_student(tmp_path, student)
    config = Config.fromfile(config_file)
    config.model.test_cfg.flip_test = flip_test
    config.test_dataloader = dict(
        dataset=dict(
            pipeline=[
                dict(type='LoadImage'),
                dict(type='GetBBoxCenterScale'),
                dict(type='TopdownAffine', input_size=STUDENT),
                dict(type='PackPoseInputs'),
            ]
        )
    )
    found = inference_topdown(init_model(config, str(checkpoint), device='cpu'), image, BOXES)
    expected = np.concatenate([sample.pred_instances.keypoints for sample in found])
    expected_scores = np.concatenate([sample.pred_instances.keypoint_scores for sample in found])

    for files in (student, (config_file, checkpoint), (student[0], checkpoint)):  # distiller, plain, mixed
        people = PoseInferencer(*files, flip_test=flip_test)(image, BOXES)
        np.testing.assert_allclose(keypoints_of(people), expected, atol=1e-3)
        np.testing.assert_allclose(scores_of(people), expected_scores, atol=1e-4)
        np.testing.assert_array_equal([person.bbox for person in people], BOXES)


def test_the_flip_test_is_the_configs_unless_told(student, image, inferencer):
    as_configured, without = (scores_of(PoseInferencer(*student, flip_test=flip)(image)) for flip in (True, False))
    assert (scores_of(inferencer(image)) == as_configured).all()
    assert np.abs(as_configured - without).max() > 1e-3
    config = Config.fromfile(student[0])
    config.model.test_cfg.flip_test = 'aligned'
    aligned = scores_of(PoseInferencer(config, student[1])(image))
    assert (aligned == scores_of(PoseInferencer(*student, flip_test='aligned')(image))).all()
    assert np.abs(aligned - as_configured).max() > 1e-4


def test_in_bf16_the_backbone_alone_is(student, inferencer):
    model, images = PoseInferencer(*student, precision='bf16').model, torch.randn(2, 3, *STUDENT[::-1])
    with torch.no_grad():
        with torch.autocast('cpu', torch.bfloat16):
            expected = inferencer.model.extract_feat(images)[-1]
        features, exact = model.extract_feat(images)[-1], inferencer.model.extract_feat(images)[-1]
    assert expected.dtype == torch.bfloat16 and features.dtype == torch.float32
    assert torch.equal(features, expected.float()) and not torch.equal(features, exact)
    with pytest.raises(ValueError, match='precision must be one of'):
        PoseInferencer(*student, precision='fp16')


def test_people_do_not_depend_on_the_batch_they_are_in(student, image, inferencer):
    boxes = np.concatenate([BOXES, BOXES[:2]])
    one_by_one = PoseInferencer(*student, batch_size=1)(image, boxes)
    fours = PoseInferencer(*student, batch_size=4)(image, boxes)
    at_once = inferencer(image, boxes)
    assert len(one_by_one) == len(fours) == len(at_once) == 6
    np.testing.assert_allclose(keypoints_of(fours), keypoints_of(one_by_one), atol=1e-3)
    np.testing.assert_allclose(scores_of(at_once), scores_of(one_by_one), atol=1e-4)


def test_the_skeleton_is_the_checkpoints(inferencer):
    union = load_skeleton('coco+mpii')
    assert inferencer.skeleton.names == union.names
    assert inferencer.skeleton.links == union.links
    assert [point.color for point in inferencer.skeleton.keypoints] == [point.color for point in union.keypoints]


def test_a_file_is_the_array_in_it_and_no_boxes_are_the_whole_image(tmp_path, image, inferencer):
    cv2.imwrite(str(tmp_path / 'image.png'), image)
    (from_file,) = inferencer(tmp_path / 'image.png')
    (from_array,) = inferencer(image, [[0, 0, 240, 160]], [0.5])
    assert (from_file.keypoints == from_array.keypoints).all()
    assert from_file.keypoints.shape == (21, 2)
    assert (from_file.bbox.tolist(), from_file.bbox_score, from_array.bbox_score) == ([0, 0, 240, 160], 1, 0.5)


def test_no_boxes_found_means_no_people(image, inferencer):
    assert inferencer(image, np.zeros((0, 4))) == []
    assert inferencer(image, [], []) == []


def test_odd_images(inferencer):
    for shape in ((1, 1, 3), (3000, 2, 3)):
        (person,) = inferencer(np.zeros(shape, np.uint8))
        assert np.isfinite(person.keypoints).all()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ((np.zeros((9, 9)),), r'an array \[H, W, 3\], uint8, BGR. Got: \(9, 9\), float64'),
        ((None,), 'must be a file or an array .* Got: NoneType'),
        ((np.zeros((0, 9, 3), np.uint8),), 'the image is empty'),
        (('there_is_no.jpg',), 'there_is_no.jpg: No such file'),
        ((np.zeros((9, 9, 3), np.uint8), [0, 0, 5, 5]), r'boxes must be \[N, 4\].* Got: \(4,\)'),
        ((np.zeros((9, 9, 3), np.uint8), [[5, 5, 5, 9]]), 'x2 > x1'),
        ((np.zeros((9, 9, 3), np.uint8), [[0, 0, np.nan, 9]]), 'must be finite'),
        ((np.zeros((9, 9, 3), np.uint8), [[0, 0, 5, 5]], [1, 1]), r'box_scores must be \[1\]'),
    ],
)
def test_wrong_input(inferencer, arguments, message):
    with pytest.raises(ValueError, match=message):
        inferencer(*arguments)


def test_wrong_batch_size(student):
    with pytest.raises(ValueError, match='batch_size must be at least 1. Got: 0'):
        PoseInferencer(*student, batch_size=0)


def test_other_skeletons_are_picked_by_name(student, image):
    (everything,), (mpii,) = (PoseInferencer(*student, skeleton=name)(image) for name in (None, 'mpii'))
    union, names = load_skeleton('coco+mpii'), load_skeleton('mpii').names
    assert PoseInferencer(*student, skeleton='mpii').skeleton.names == names
    np.testing.assert_array_equal(mpii.keypoints, everything.keypoints[[union.index(name) for name in names]])
    assert mpii.scores.shape == (16,)
    with pytest.raises(ValueError, match='are not in'):
        PoseInferencer(*student, skeleton='aic')


def test_a_rescorer_scores_people_by_all_keypoints(tmp_path, student, image, inferencer):
    rescorer = write_rescorer(tmp_path / 'rescorer.pth')
    plain = inferencer(image, BOXES)
    rescored = PoseInferencer(*student, rescorer=rescorer)(image, BOXES)
    np.testing.assert_array_equal(keypoints_of(rescored), keypoints_of(plain))
    np.testing.assert_array_equal(scores_of(rescored), scores_of(plain))
    names = load_skeleton('coco+mpii').names
    expected = Rescorer.load(rescorer, names).predict(keypoints_of(plain), scores_of(plain))
    np.testing.assert_allclose([person.score for person in rescored], expected, rtol=1e-4)
    fewer = PoseInferencer(*student, skeleton='mpii', rescorer=rescorer)(image, BOXES)
    assert [person.oks for person in fewer] == [person.oks for person in rescored]
    with pytest.raises(ValueError, match="other keypoints than the student's"):
        PoseInferencer(*student, rescorer=write_rescorer(tmp_path / 'coco.pth', 'coco'))

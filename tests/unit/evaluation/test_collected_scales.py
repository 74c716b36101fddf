import numpy as np
import pytest
import torch
from mmpose.registry import KEYPOINT_CODECS

from tests.whole_pictures import CODEC, fields_sample
from unipose.evaluation.collected_scales import collect_scales

DECODER = KEYPOINT_CODECS.build(CODEC)
TEST = dict(nms_dist_thr=0.05)
OFFSETS = np.random.default_rng(0).uniform(-40, 40, (17, 2))
PEOPLE = np.stack([OFFSETS + [70, 80], OFFSETS[::-1] + [180, 150]])


def sort(keypoints: np.ndarray) -> np.ndarray:
    return keypoints[np.argsort(keypoints[:, :, 0].mean(1))]


@pytest.mark.parametrize('scales', [(1.0,), (1.0, 0.5, 2.0)])
def test_whom_several_scales_find_is_there_once(scales: tuple) -> None:
    (sample,) = collect_scales([[fields_sample(PEOPLE, scale)] for scale in scales], DECODER, TEST)
    found = sample.pred_instances
    assert found.keypoints.shape == (2, 17, 2)
    np.testing.assert_allclose(sort(found.keypoints), PEOPLE, atol=0.5)
    assert (found.keypoint_scores > 0.4).all() and (found.keypoint_scores <= 1).all()


def test_a_person_of_one_scale_is_a_candidate_whom_the_others_hold_for_less() -> None:
    everybody, one = fields_sample(PEOPLE), fields_sample(PEOPLE[:1], 2.0)
    (sample,) = collect_scales([[one], [everybody]], DECODER, TEST)
    found = sample.pred_instances
    np.testing.assert_allclose(sort(found.keypoints), PEOPLE, atol=0.5)
    scores = found.keypoint_scores.mean(1)[np.argsort(found.keypoints[:, :, 0].mean(1))]
    assert scores[1] < 0.6 * scores[0]


def test_scores_are_of_the_mean_of_heatmaps() -> None:
    first, second = fields_sample(PEOPLE[:1]), fields_sample(PEOPLE[:1], 2.0)
    second.pred_fields.set_field(torch.zeros_like(second.pred_fields.heatmaps), 'heatmaps')
    (alone,) = collect_scales([[fields_sample(PEOPLE[:1])]], DECODER, TEST)
    (halved,) = collect_scales([[first], [second]], DECODER, TEST)
    np.testing.assert_allclose(
        halved.pred_instances.keypoint_scores, alone.pred_instances.keypoint_scores / 2, rtol=1e-5
    )


def test_nobody() -> None:
    empty = fields_sample(PEOPLE[:0])
    (sample,) = collect_scales([[empty], [fields_sample(PEOPLE[:0], 2.0)]], DECODER, TEST)
    assert sample.pred_instances.keypoints.shape == (0, 17, 2)

import numpy as np

from tests.evaluation_inputs import sample
from unipose.evaluation.ground_truth import predict_ground_truth


def test_prediction_is_the_annotation() -> None:
    visible = np.ones(21)
    visible[3] = 0
    given = sample('coco', visible=visible, box=(10.0, 20.0, 50.0, 100.0))
    before = given.pred_instances.keypoints.copy()
    perfect = predict_ground_truth(given).pred_instances
    truth = given.gt_instances.keypoints
    assert perfect.keypoints[0, 3].tolist() == [30, 60]  # not annotated: the box's centre
    kept = [i for i in range(21) if i != 3]
    np.testing.assert_array_equal(perfect.keypoints[:, kept], truth[:, kept])
    assert perfect.keypoint_scores.shape == (1, 21)
    np.testing.assert_array_equal(given.pred_instances.keypoints, before)

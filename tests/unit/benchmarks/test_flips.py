from pathlib import Path

import numpy as np

from benchmarks.quality.flips import found_errors
from tests.evaluation_inputs import student_test_config
from unipose.evaluation.evaluate import evaluate_ground_truth
from unipose.skeletons import load_skeleton


def test_errors_are_those_of_found_keypoints_in_pixels_of_the_input(synthetic: Path) -> None:
    config = student_test_config(synthetic)
    evaluation = evaluate_ground_truth(config)
    for record in evaluation.predictions:
        record['keypoints'] = (np.array(record['keypoints']) + [1.0, -0.5]).tolist()
    first = next(record for record in evaluation.predictions if record['source'] == 'mpii')
    first['keypoints'][evaluation.keypoint_names.index('head_top')] = [-500.0, 0.0]  # not found, so it tells nothing
    for source, padding in (('coco', 1.25), ('mpii', 0.9375)):
        errors, per_image_px = found_errors(evaluation, config, source)
        boxes = np.array([record['bbox'] for record in evaluation.predictions if record['source'] == source])
        wide, high = (boxes[:, 2:] - boxes[:, :2]).T * padding
        np.testing.assert_allclose(per_image_px, 96 / np.maximum(wide, high * 96 / 128), rtol=1e-3)
        expected = per_image_px[:, None, None] * [1.0, -0.5]
        found = np.isfinite(errors).all(-1)
        assert found.mean() > 0.4
        np.testing.assert_allclose(errors[found], np.broadcast_to(expected, errors.shape)[found], atol=0.01)
    assert np.isnan(errors[0, load_skeleton('mpii').index('head_top')]).all()

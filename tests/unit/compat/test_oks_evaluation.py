"""COCOeval against object keypoint similarities worked out by hand."""

import json

import numpy as np
import pytest
from pycocotools import cocoeval

from unipose.compat.oks_evaluation import COCO, COCOeval


class TestOksEvaluation:
    # Area 2500 and sigma 0.5 make the exponent -d^2 / (2 * (2 * 0.5)^2 * 2500) = -d^2 / 5000.
    SIGMAS = (0.5, 0.25)

    def evaluate(self, keypoints, tmp_path, scores=(1.0, 1.0), **options):
        annotation = {
            'id': 1,
            'image_id': 1,
            'category_id': 1,
            'bbox': [0, 0, 100, 50],
            'keypoints': [10, 10, 2, 40, 40, 1],
            'area': 2500,
            **options.pop('annotation', {}),
        }
        annotation = {name: value for name, value in annotation.items() if value is not None}
        path = tmp_path / 'annotations.json'
        content = {'images': [{'id': 1}], 'categories': [{'id': 1, 'name': 'person'}], 'annotations': [annotation]}
        path.write_text(json.dumps(content))
        (x1, y1), (x2, y2) = keypoints
        values = [x1, y1, scores[0], x2, y2, scores[1]]
        ground_truth = COCO(str(path))
        detections = ground_truth.loadRes([{'image_id': 1, 'category_id': 1, 'keypoints': values, 'score': 0.9}])
        sigmas = np.array(options.pop('sigmas', self.SIGMAS))
        evaluation = COCOeval(ground_truth, detections, 'keypoints', sigmas, **options)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        return evaluation

    def test_sigmas(self, tmp_path):
        evaluation = self.evaluate([(40, 50), (40, 40)], tmp_path)
        # d = 50 at sigma 0.5: exp(-2500 / 5000); d = 0: 1.
        assert evaluation.ious[1, 1].item() == pytest.approx((np.exp(-0.5) + 1) / 2)
        evaluation = self.evaluate([(10, 10), (70, 80)], tmp_path)
        # d = 50 at sigma 0.25: exp(-2500 / (2 * 0.25 * 2500)) = exp(-2).
        assert evaluation.ious[1, 1].item() == pytest.approx((1 + np.exp(-2)) / 2)

    def test_without_area(self, tmp_path):
        evaluation = self.evaluate([(40, 50), (40, 40)], tmp_path, use_area=False, annotation={'area': None})
        # Area 100 * 50 * 0.53 = 2650.
        assert evaluation.ious[1, 1].item() == pytest.approx((np.exp(-2500 / 5300) + 1) / 2)

    def test_without_area_leaves_the_callers_area(self, tmp_path):
        evaluation = self.evaluate([(10, 10), (40, 40)], tmp_path, use_area=False)
        assert evaluation.cocoGt.anns[1]['area'] == 2500

    def test_area_decides_between_medium_and_large(self, tmp_path):
        # 96^2 = 9216. stats: AP, .5, .75, medium, large, AR ...
        medium = self.evaluate([(10, 10), (40, 40)], tmp_path).stats
        assert (medium[3], medium[4]) == pytest.approx((1, -1))
        box = {'annotation': {'bbox': [0, 0, 200, 100]}, 'use_area': False}  # 200 * 100 * 0.53 = 10600
        large = self.evaluate([(10, 10), (40, 40)], tmp_path, **box).stats
        assert (large[3], large[4]) == pytest.approx((-1, 1))

    def test_average_precision_at_the_thresholds(self, tmp_path):
        # OKS (exp(-0.5) + 1) / 2 = 0.803: 7 of the 10 thresholds .50, .55, ... .95 are met.
        stats = self.evaluate([(40, 50), (40, 40)], tmp_path).stats
        assert stats[0] == pytest.approx(0.7)
        assert stats[2] == pytest.approx(1)  # AP .75

    def test_only_labelled_keypoints_count(self, tmp_path):
        annotation = {'keypoints': [10, 10, 2, 0, 0, 0]}
        evaluation = self.evaluate([(40, 50), (999, 999)], tmp_path, annotation=annotation)
        assert evaluation.ious[1, 1].item() == pytest.approx(np.exp(-0.5))

    def test_a_crowd_and_a_person_without_labels_are_ignored(self, tmp_path):
        for annotation in ({'iscrowd': 1}, {'keypoints': [0, 0, 0, 0, 0, 0]}):
            assert self.evaluate([(10, 10), (40, 40)], tmp_path, annotation=annotation).stats[0] == -1

    def test_a_detection_that_scores_nowhere_is_none(self, tmp_path):
        assert self.evaluate([(10, 10), (40, 40)], tmp_path).stats[0] == pytest.approx(1)
        assert self.evaluate([(10, 10), (40, 40)], tmp_path, scores=(0.0, 0.0)).stats[0] == 0

    def test_the_17_of_coco_by_default(self):
        assert len(COCOeval(iouType='keypoints').params.kpt_oks_sigmas) == 17

    def test_errors(self, tmp_path):
        with pytest.raises(ValueError, match='annotation 1 has 6 keypoint values; expected 3 for each of the 3'):
            self.evaluate([(0, 0), (0, 0)], tmp_path, sigmas=(0.5, 0.5, 0.5))
        with pytest.raises(ValueError, match='1 annotations have no area, the first is 1'):
            self.evaluate([(0, 0), (0, 0)], tmp_path, annotation={'area': None})
        with pytest.raises(NotImplementedError, match="'keypoints_crowd' needs xtcocotools itself"):
            COCOeval(iouType='keypoints_crowd')

    def test_as_plain_pycocotools_on_the_same_input(self, tmp_path):
        ours = self.evaluate([(40, 50), (40, 40)], tmp_path, annotation={'num_keypoints': 2, 'iscrowd': 0})
        theirs = cocoeval.COCOeval(ours.cocoGt, ours.cocoDt, 'keypoints')
        theirs.params.kpt_oks_sigmas = np.array(self.SIGMAS)
        theirs.evaluate()
        theirs.accumulate()
        theirs.summarize()
        np.testing.assert_array_equal(ours.stats, theirs.stats)

    def test_test_index_keeps_some_keypoints(self, tmp_path):
        self.evaluate([(10, 10), (40, 40)], tmp_path)
        assert COCO(str(tmp_path / 'annotations.json'), test_index=[1]).anns[1]['keypoints'] == [40, 40, 1]

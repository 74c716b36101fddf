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
        with pytest.raises(
            ValueError, match='annotation 1 has 6 keypoint values in keypoints; expected 3 for each of the'
        ):
            self.evaluate([(0, 0), (0, 0)], tmp_path, sigmas=(0.5, 0.5, 0.5))
        with pytest.raises(ValueError, match='1 annotations have no area, the first is 1'):
            self.evaluate([(0, 0), (0, 0)], tmp_path, annotation={'area': None})
        with pytest.raises(ValueError, match="one of bbox, segm, keypoints, keypoints_crowd, .* Got: 'keypoints_tail'"):
            COCOeval(iouType='keypoints_tail')

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

    def test_an_annotation_of_id_0_is_found(self, tmp_path):
        assert self.evaluate([(10, 10), (40, 40)], tmp_path, annotation={'id': 0}).stats[0] == pytest.approx(1)


def evaluated(images, people, detections, kind, sigmas, **options):
    """Of people and detections as dicts; of COCO's fields only what is not the same for all."""
    truth = COCO()
    common = dict(category_id=1, bbox=[0, 0, 100, 50], area=2500, iscrowd=0)
    truth.dataset = dict(
        images=images,
        categories=[dict(id=1, name='person')],
        annotations=[common | dict(id=number, image_id=1) | one for number, one in enumerate(people, start=1)],
    )
    truth.createIndex()
    found = truth.loadRes([dict(image_id=1, category_id=1, score=0.9) | one for one in detections])
    evaluation = COCOeval(truth, found, kind, np.array(sigmas), **options)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation


class TestWholeBody:
    # Two keypoints of the body, one of each other part; the foot and the face are 50 pixels off.
    # Area 2500, sigma 0.5: a distance d costs exp(-d^2 / 5000).
    FIELDS = ('keypoints', 'foot_kpts', 'face_kpts', 'lefthand_kpts', 'righthand_kpts')
    TRUTH = dict(zip(FIELDS, ([10, 10, 2, 40, 40, 1], [0, 50, 2], [0, 0, 2], [90, 0, 2], [5, 5, 0])))
    FOUND = dict(zip(FIELDS, ([10, 10, 1, 40, 40, 1], [0, 0, 1], [30, 40, 1], [90, 0, 1], [999, 999, 1])))
    OFF = np.exp(-0.5)

    @pytest.mark.parametrize(
        ('kind', 'number', 'oks'),
        [
            ('keypoints_wholebody', 6, (3 + 2 * OFF) / 5),  # the right hand is not labelled
            ('keypoints_body', 2, 1),
            ('keypoints_foot', 1, OFF),
            ('keypoints_face', 1, OFF),
            ('keypoints_lefthand', 1, 1),
        ],
    )
    def test_parts(self, kind, number, oks):
        evaluation = evaluated([dict(id=1)], [self.TRUTH], [self.FOUND], kind, [0.5] * number)
        assert evaluation.ious[1, 1].item() == pytest.approx(oks)
        assert evaluation.stats[1] == pytest.approx(1)  # AP .5
        assert len(evaluation.stats) == 10

    def test_a_person_without_the_part_is_ignored(self):
        stats = evaluated([dict(id=1)], [self.TRUTH], [self.FOUND], 'keypoints_righthand', [0.5]).stats
        assert stats[0] == -1

    def test_a_part_has_a_score_of_its_own(self):
        # The better foot scores less as a person and more as a foot: found first, both people's APs are 1 and 0 then.
        wrong = dict(self.FOUND, foot_kpts=[500, 500, 1], score=0.95, foot_score=0.1)
        right = dict(self.FOUND, foot_kpts=[0, 50, 1], foot_score=0.8)
        for detections, expected in (([wrong, right], 1), ([wrong | dict(foot_score=0.85), right], 0.5)):
            stats = evaluated([dict(id=1)], [self.TRUTH], detections, 'keypoints_foot', [0.5]).stats
            assert stats[0] == pytest.approx(expected, abs=1e-6)

    def test_missing_parts(self):
        with pytest.raises(ValueError, match='annotation 1 has 0 keypoint values in foot_kpts; expected 3 for each of'):
            evaluated([dict(id=1)], [dict(keypoints=[1, 1, 2])], [self.FOUND], 'keypoints_foot', [0.5])


class TestCrowd:
    SIGMAS = (0.5,)

    def evaluate(self, **changes):
        """An easy picture whose person is found, a medium one with OKS exp(-0.5) = 0.607, a hard one without luck."""
        images = [dict(id=1, crowdIndex=0.1), dict(id=2, crowdIndex=0.2), dict(id=3, crowdIndex=0.8)]
        person = dict(keypoints=[0, 0, 2], num_keypoints=1) | changes
        people = [dict(person, image_id=number) for number in (1, 2, 3)]
        found = [dict(image_id=number, keypoints=[x, 0, 1]) for number, x in ((1, 0), (2, 50), (3, 500))]
        return evaluated(images, people, found, 'keypoints_crowd', self.SIGMAS, use_area=False).stats

    def test_by_crowding(self):
        # Area 100 * 50 * 0.53 = 2650: exp(-2500 / 5300) = 0.624 meets .50, .55 and .60 of the ten thresholds.
        stats = self.evaluate()
        assert stats[6:] == pytest.approx([1, 0.3, 0])
        # One in three is found at .75 and two at .5; all score the same, so that the order is the pictures'.
        assert stats[[2, 5]] == pytest.approx([34 / 101, 1 / 3])
        assert stats[4] == pytest.approx(2 / 3)
        assert len(stats) == 9

    def test_a_person_without_visible_keypoints_is_ignored(self):
        assert self.evaluate(num_keypoints=0)[0] == -1

    def test_what_crowdpose_annotates(self):
        with pytest.raises(ValueError, match='1 images have no crowdIndex, the first is 1'):
            person = dict(keypoints=[0, 0, 2], num_keypoints=1)
            evaluated([dict(id=1)], [person], [dict(keypoints=[0, 0, 1])], 'keypoints_crowd', self.SIGMAS)
        with pytest.raises(ValueError, match='1 annotations have no num_keypoints, the first is 1; add how many'):
            evaluated([dict(id=1)], [dict(keypoints=[0, 0, 2])], [dict(keypoints=[0, 0, 1])], 'keypoints_crowd', (0.5,))

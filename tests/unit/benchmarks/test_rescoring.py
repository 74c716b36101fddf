import numpy as np

from benchmarks.quality.rescoring import _iou, detections


def test_boxes_are_found_as_by_a_detector() -> None:
    annotations = dict(
        images=[dict(id=number, width=300, height=200) for number in range(400)],
        annotations=[dict(image_id=number, bbox=[100, 50, 60, 120]) for number in range(400)],
    )
    found = detections(annotations, seed=0)
    assert found == detections(annotations, seed=0) != detections(annotations, seed=1)
    overlaps = np.array([_iou(np.array(box['bbox']), np.array([100, 50, 60, 120])) for box in found])
    scores = np.array([box['score'] for box in found])
    per_image = np.bincount([box['image_id'] for box in found], minlength=400)
    assert 1.5 < per_image.mean() < 1.8  # 0.95 loose ones, 0.2 looser ones, 0.5 of nobody
    assert 0.6 < (overlaps > 0.6).mean() < 0.75
    assert 0.75 < np.corrcoef(overlaps, scores)[0, 1] < 0.99
    assert ((scores > 0) & (scores <= 1)).all() and min(box['bbox'][2] for box in found) > 0


def test_overlaps() -> None:
    box = np.array([0.0, 0.0, 10.0, 10.0])
    assert (_iou(box, box), _iou(box, box + [20, 0, 0, 0]), _iou(box, np.array([5.0, 0, 10, 10]))) == (1, 0, 1 / 3)

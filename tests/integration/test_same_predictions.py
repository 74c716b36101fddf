"""The same predictions wherever they are asked for: the demo script, the class, and MMPose on the exported student."""

import json
import runpy
import sys
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.structures import InstanceData
from mmpose.apis import MMPoseInferencer

from tests.evaluation_inputs import student_test_config, write_student
from unipose.commands import predict
from unipose.distillers.write_mmpose_files import export_student
from unipose.inference import PoseInferencer

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'inferencer_demo.py'
TOLERANCE = 0.5  # image pixels

Boxes = dict[str, tuple[np.ndarray, np.ndarray]]  # of each file: corners [N, 4] and scores [N], best first


def of_script(config: Path, checkpoint: Path, boxes: Boxes, out: Path, monkeypatch: pytest.MonkeyPatch) -> list:
    """Keypoints of all people, in order, as tools/inferencer_demo.py writes them."""
    found = iter(boxes.values())
    monkeypatch.setattr(predict, 'build_detector', lambda *_: lambda image: next(found))
    arguments = [TOOL, *boxes, '--pose2d', config, '--pose2d-weights', checkpoint, '--vis-out-dir', out]
    monkeypatch.setattr(sys, 'argv', [str(one) for one in (*arguments, '--pred-out-dir', out, '--no-flip-test')])
    with pytest.raises(SystemExit) as finished:
        runpy.run_path(str(TOOL), run_name='__main__')
    assert not finished.value.code
    written = [json.loads((out / f'{Path(file).stem}.json').read_text()) for file in boxes]
    return [person['keypoints'] for image in written for person in image['instances']]


def of_class(config: Path, checkpoint: Path, boxes: Boxes, batch_size: int) -> list:
    """Keypoints of all people, in order, as PoseInferencer returns them for all images together."""
    pose = PoseInferencer(config, checkpoint, flip_test=False, batch_size=batch_size)
    found = pose.predict_images(list(boxes), *zip(*boxes.values()))
    return [person.keypoints for people in found for person in people]


def of_mmpose(config: Path, weights: Path, boxes: Boxes) -> list:
    """Keypoints of all people, in order, as MMPose's own inferencer returns them for an exported student."""
    content = Config.fromfile(config)
    content.model.test_cfg.flip_test = False
    content.dump(config.with_name('no_flip.py'))
    inferencer = MMPoseInferencer(
        str(config.with_name('no_flip.py')), str(weights), device='cpu', det_model='whole_image'
    )

    def detect(file: str, **_: object) -> dict:
        corners, scores = map(torch.from_numpy, boxes[file])
        found = InstanceData(bboxes=corners, scores=scores, labels=torch.zeros(len(scores)))
        return dict(predictions=[SimpleNamespace(pred_instances=found)])

    inferencer.inferencer.detector, inferencer.inferencer.det_cat_ids = detect, (0,)
    results = inferencer(list(boxes), bbox_thr=0.0, nms_thr=1.0)
    return [person['keypoints'] for result in results for person in result['predictions'][0]]


def largest_differences(
    config: Path, checkpoint: Path, boxes: Boxes, out: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[tuple[str, str], float]:
    """Largest distance of a keypoint by pair of ways to predict it, image pixels."""
    weights, plain = export_student(checkpoint, out / 'student.pth')
    ways = {
        'script': of_script(config, checkpoint, boxes, out / 'script', monkeypatch),
        'script, exported': of_script(plain, weights, boxes, out / 'exported', monkeypatch),
        'class, batch 1': of_class(config, checkpoint, boxes, 1),
        'class, batch 8': of_class(config, checkpoint, boxes, 8),
        'MMPose, exported': of_mmpose(plain, weights, boxes),
    }
    places = {name: np.array(keypoints) for name, keypoints in ways.items()}  # [N, K, 2]
    assert {found.shape for found in places.values()} == {(sum(len(one) for one, _ in boxes.values()), 21, 2)}
    assert len(np.unique(places['script'].round())) > 50  # not one place for all
    return {
        (one, other): float(np.linalg.norm(places[one] - places[other], axis=-1).max())
        for one, other in combinations(places, 2)
    }


def test_on_synthetic_people(synthetic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = student_test_config(synthetic)
    config.dump(tmp_path / 'config.py')
    checkpoint = write_student(tmp_path / 'epoch_1.pth', config)
    annotations = json.loads((synthetic / 'coco/annotations/person_keypoints_val2017.json').read_text())
    boxes: Boxes = {}
    for image in annotations['images']:
        xywh = [one['bbox'] for one in annotations['annotations'] if one['image_id'] == image['id']]
        corners = np.array(xywh, np.float32) @ np.float32([[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]])
        scores = np.linspace(0.9, 0.5, len(xywh), dtype=np.float32)
        boxes[str(synthetic / 'coco/val2017' / image['file_name'])] = corners, scores
    found = largest_differences(tmp_path / 'config.py', checkpoint, boxes, tmp_path / 'out', monkeypatch)
    assert len(found) == 10 and max(found.values()) < TOLERANCE, found

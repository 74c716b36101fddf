"""Samples, annotation files and configs that evaluation's tests are made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.structures import InstanceData
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from tests.builders import STUDENT, model_config, sources
from unipose.evaluation.configs import student_config
from unipose.skeletons import load_skeleton

UNION = load_skeleton('coco+mpii')


def sample(
    source: str,
    number: int = 0,
    keypoints: np.ndarray | None = None,
    predicted: np.ndarray | None = None,
    visible: np.ndarray | None = None,
    box: tuple[float, float, float, float] = (0.0, 0.0, 100.0, 100.0),
    score: float = 1.0,
    head_size: float | None = None,
    **metainfo: Any,
) -> PoseDataSample:
    """A scored sample; by default in the union, keypoint i at (i + 1, 100 + i), predicted there."""
    if keypoints is None:
        keypoints = np.stack([np.arange(21) + 1, 100 + np.arange(21)], -1)
    keypoints = np.asarray(keypoints, dtype=np.float32)[None]
    shape = keypoints.shape[:2]
    result = PoseDataSample(
        metainfo=dict(dict(source=source, id=number, img_id=1, img_path='a.jpg', category_id=1), **metainfo)
    )
    truth = dict(
        keypoints=keypoints,
        keypoints_visible=np.ones(shape, np.float32) if visible is None else np.asarray(visible, np.float32)[None],
        bboxes=np.asarray([box], np.float32),
        bbox_scores=np.ones(1, np.float32),
        bbox_scales=np.full((1, 2), 100, np.float32),
    )
    if head_size is not None:
        truth['head_size'] = np.full((1, 1), head_size)
    result.gt_instances = InstanceData(**truth)
    result.pred_instances = InstanceData(
        keypoints=keypoints.copy() if predicted is None else np.asarray(predicted, dtype=np.float64)[None],
        keypoint_scores=np.full(shape, score, np.float32),
    )
    return result


def coco_file(path: Path, people: list[dict[str, Any]]) -> str:
    """Writes COCO annotations; each person needs ``keypoints`` ``[17, 3]``, and may say the rest."""
    annotations = []
    for number, person in enumerate(people):
        keypoints = np.asarray(person['keypoints'], dtype=float)
        annotations.append(
            dict(
                dict(
                    id=number + 1,
                    image_id=1,
                    category_id=1,
                    bbox=[0, 0, 100, 100],
                    area=100 * 100,
                    iscrowd=0,
                    num_keypoints=int((keypoints[:, 2] > 0).sum()),
                ),
                **{key: value for key, value in person.items() if key != 'keypoints'},
                keypoints=keypoints.reshape(-1).tolist(),
            )
        )
    images = [
        dict(id=image, width=400, height=400, file_name=f'{image}.jpg')
        for image in sorted({1, *(a['image_id'] for a in annotations)})
    ]
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='person')])
    path.write_text(json.dumps(content))
    return str(path)


def data_config(root: Path, skeleton: str = 'coco+mpii', input_size: tuple[int, int] = STUDENT) -> dict[str, Any]:
    """``test_dataloader`` and ``test_evaluator`` of the `synthetic` fixture."""
    return dict(
        test_dataloader=dict(
            batch_size=8,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='stack_samples'),
            dataset=dict(
                type='UnifiedKeypointDataset',
                skeleton=skeleton,
                test_mode=True,
                sources=sources(root, 'val'),
                pipeline=[
                    dict(type='LoadCheckedImage'),
                    dict(type='GetSourceBBoxCenterScale'),
                    dict(type='TopdownAffine', input_size=input_size),
                    dict(type='PackUnifiedInputs'),
                ],
            ),
        ),
        test_evaluator=dict(
            type='UnifiedEvaluator',
            skeleton=skeleton,
            metrics=dict(
                coco=dict(
                    type='CocoKeypointMetric',
                    skeleton='coco',
                    ann_file=str(root / 'coco/annotations/person_keypoints_val2017.json'),
                ),
                mpii=dict(type='MpiiPCKhMetric', skeleton='mpii'),
            ),
        ),
    )


def student_test_config(root: Path, **model: Any) -> Config:
    """A config to test a tiny student with."""
    return Config(dict(default_scope='mmpose', model=model_config('coco+mpii', 21, **model), **data_config(root)))


def write_student(path: Path, config: Config, seed: int = 0, **content: Any) -> Path:
    """Writes a checkpoint as a training run does, with random weights that predict different places."""
    torch.manual_seed(seed)
    model = MODELS.build(student_config(config).model)
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.05)
    state = {key: value for key, value in model.state_dict().items() if not key.startswith('data_preprocessor')}
    meta = dict(epoch=1, cfg=config.pretty_text, dataset_meta=parse_pose_metainfo(UNION.to_metainfo()))
    torch.save(dict(dict(state_dict=state, meta=meta), **content), path)
    return path

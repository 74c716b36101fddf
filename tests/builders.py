"""Small models, sources and configs that tests are made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor, nn

from unipose.simcc import Canvas, SimCCBins, SimCCTarget, Window
from unipose.skeletons import load_skeleton
from unipose.teachers.adapters import build_adapter
from unipose.teachers.networks.mmpose_heads import describe_head
from unipose.teachers.teacher import Teacher

STUDENT = (96, 128)
CANVAS = (128, 128)
VALIDATION = [
    dict(type='LoadCheckedImage'),
    dict(type='GetSourceBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=STUDENT),
    dict(type='PackUnifiedInputs'),
]


def model_config(
    skeleton: str, keypoints: int, input_size: tuple[int, int] = STUDENT, **changes: Any
) -> dict[str, Any]:
    """Config of a tiny distiller without teachers, which is a plain RTMPose too."""
    codec = dict(
        type='SimCCLabel',
        input_size=input_size,
        sigma=(3.46, 4.0),
        simcc_split_ratio=2.0,
        normalize=False,
        use_dark=False,
    )
    return dict(
        type='MultiTeacherDistiller',
        skeleton=skeleton,
        data_preprocessor=dict(
            type='PoseDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True
        ),
        backbone=dict(
            _scope_='mmdet',
            type='CSPNeXt',
            arch='P5',
            expand_ratio=0.5,
            deepen_factor=0.167,
            widen_factor=0.125,
            out_indices=(4,),
            channel_attention=True,
            norm_cfg=dict(type='BN'),
            act_cfg=dict(type='SiLU'),
        ),
        head=dict(
            type='AnchoredRTMCCHead',
            in_channels=128,
            out_channels=keypoints,
            input_size=input_size,
            in_featuremap_size=tuple(side // 32 for side in input_size),
            simcc_split_ratio=2.0,
            final_layer_kernel_size=7,
            gau_cfg=dict(
                hidden_dims=64,
                s=32,
                expansion_factor=2,
                dropout_rate=0.0,
                drop_path=0.0,
                act_fn='SiLU',
                use_rel_bias=False,
                pos_enc=False,
            ),
            loss=dict(type='KLDiscretLoss', use_target_weight=True, beta=10.0, label_softmax=True),
            decoder=codec,
        ),
        test_cfg=dict(flip_test=True),
        **changes,
    )


def samples(
    count: int, annotated: list[int] | None = None, sources: tuple[str, ...] = ('coco',)
) -> list[PoseDataSample]:
    """Annotated samples of the coco+mpii union at random places, from sources in turn."""
    generator = torch.Generator().manual_seed(0)
    union, result = load_skeleton('coco+mpii'), []
    for index in range(count):
        labels = InstanceData()
        labels.keypoint_labels = torch.rand(1, 21, 2, generator=generator) * torch.tensor([95.0, 127.0])
        labels.keypoint_weights = torch.ones(1, 21)
        if annotated is not None:
            labels.keypoint_weights = torch.zeros(1, 21)
            labels.keypoint_weights[:, annotated] = 1
        metainfo = dict(
            flip_indices=list(union.flip_indices),
            input_center=np.zeros(2),
            input_scale=np.array([96.0, 128.0]),
            input_size=(96, 128),
            source=sources[index % len(sources)],
        )
        sample = PoseDataSample(metainfo=metainfo, gt_instance_labels=labels)
        sample.gt_instances = InstanceData(bboxes=torch.zeros(1, 4).numpy(), bbox_scores=torch.ones(1).numpy())
        result.append(sample)
    return result


def canvases(count: int) -> Tensor:
    """Random canvases."""
    return torch.randn(count, 3, 128, 128, generator=torch.Generator().manual_seed(1))


def write_teacher(
    folder: Path, name: str, keypoints: int, input_size: tuple[int, int], seed: int = 0
) -> dict[str, Any]:
    """Writes config and random weights of a teacher; returns its entry."""
    torch.manual_seed(seed)
    config = model_config(name, keypoints, input_size)
    model = MODELS.build(config)
    for parameter in model.parameters():  # far from the initial near-zero outputs
        parameter.data.mul_(1.0).add_(torch.randn_like(parameter) * 0.05)
    folder.mkdir(parents=True, exist_ok=True)
    Config(dict(model=config)).dump(folder / f'{name}.py')
    torch.save(dict(state_dict=model.state_dict()), folder / f'{name}.pth')
    return dict(config=str(folder / f'{name}.py'), checkpoint=str(folder / f'{name}.pth'), skeleton=name)


def write_teachers(folder: Path) -> dict[str, dict[str, Any]]:
    """Entries of a COCO and an MPII teacher with random weights."""
    return dict(
        coco=write_teacher(folder, 'coco', 17, STUDENT, seed=1), mpii=write_teacher(folder, 'mpii', 16, CANVAS, seed=2)
    )


def spoil_teacher(monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[SimCCTarget, Tensor], None]) -> None:
    """Has all teachers of a name say something else: their targets and confidences are changed in place."""
    predict = Teacher.predict

    def spoiled(teacher: Teacher, *arguments: Any) -> tuple:
        target, confidence, features = predict(teacher, *arguments)
        if teacher.name == name:
            change(target, confidence)
        return target, confidence, features

    monkeypatch.setattr(Teacher, 'predict', spoiled)


def adapter_of_head(
    head: nn.Module, student_window: Window, window: Window, bins: SimCCBins, **options: Any
) -> Callable[[Any], tuple[SimCCTarget, Tensor]]:
    """From what an MMPose head puts out to a target and confidences, on the smallest canvas that holds both windows."""
    output, read = describe_head(head)
    adapter = build_adapter(output, input_size=window.input_size, bins=bins, **options)
    canvas = Canvas.around(student_window, window)
    axes = window.place(canvas).of(student_window.place(canvas))
    return lambda outputs: adapter(read(outputs), axes)


def sources(root: Path, split: str = 'train') -> dict[str, dict[str, Any]]:
    """Both synthetic sources of the `synthetic` fixture."""
    test = split == 'val'
    return dict(
        coco=dict(
            skeleton='coco',
            dataset=dict(
                type='CocoDataset',
                data_root=str(root / 'coco'),
                ann_file=f'annotations/person_keypoints_{split}2017.json',
                data_prefix=dict(img=f'{split}2017/'),
            ),
        ),
        mpii=dict(
            skeleton='mpii',
            padding=0.9375,
            dataset=dict(
                type='MpiiDataset',
                data_root=str(root / 'mpii'),
                ann_file=f'annotations/mpii_{split}.json',
                data_prefix=dict(img='images/'),
                **(dict(headbox_file=str(root / 'mpii/annotations/mpii_gt_val.mat')) if test else {}),
            ),
        ),
    )


def train_pipeline(cutout: bool = True) -> list[dict[str, Any]]:
    """The demo's augmentation, with cutout."""
    hole = dict(type='CoarseDropout', max_holes=1, max_height=0.4, max_width=0.4, min_height=0.2, min_width=0.2, p=1.0)
    return [
        dict(type='LoadCheckedImage'),
        dict(type='GetSourceBBoxCenterScale'),
        dict(
            type='Seeded',
            transforms=[
                dict(type='RandomFlip', direction='horizontal'),
                dict(type='RandomHalfBody'),
                dict(type='RandomBBoxTransform', scale_factor=[0.6, 1.4], rotate_factor=80),
                dict(type='CanvasAffine', input_size=STUDENT, canvas_size=CANVAS),
                dict(type='mmdet.YOLOXHSVRandomAug'),
                *([dict(type='Albumentation', transforms=[dict(type='Blur', p=0.5), hole])] if cutout else []),
            ],
        ),
        dict(type='PackUnifiedInputs'),
    ]


def train_config(root: Path, work_dir: Path, model: dict[str, Any], **changes: Any) -> Config:
    """A one-epoch training run on the synthetic fixture."""
    config = dict(
        default_scope='mmpose',
        work_dir=str(work_dir),
        model=model,
        train_dataloader=dict(
            batch_size=8,
            num_workers=0,
            sampler=dict(type='ViewSampler'),
            collate_fn=dict(type='stack_samples'),
            dataset=dict(
                type='UnifiedKeypointDataset',
                skeleton='coco+mpii',
                sources=sources(root),
                pipeline=train_pipeline(),
            ),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3)),
        default_hooks=dict(damaged_images=dict(type='DamagedImageHook')),
        randomness=dict(seed=0),
        log_level='WARNING',
    )
    config.update(changes)
    return Config(config)

"""The benchmark's MPII-style teacher, 16 keypoints, 128x128, from several times the student's people and steps.

python benchmarks/distill_quality.py --rows no_teachers
"""

_base_ = [
    '../_base_/runtime.py',
    '../demo/_base_/schedule.py',
    '../demo/_base_/rtmpose_96x128.py',
    '_base_/people_96x128.py',
]

size = (128, 128)
source = dict(padding=1.25, dataset=dict(data_root='data/benchmark/teachers/mpii/'))
codec = dict(input_size=size, sigma=(4.0, 4.0))
train_cfg = dict(max_epochs=18, val_interval=18)
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=18, T_max=18)]

model = dict(
    skeleton='mpii',
    backbone=dict(widen_factor=0.25, init_cfg=None),
    head=dict(in_channels=128, out_channels=16, input_size=size, in_featuremap_size=(8, 8), decoder=codec),
)
canvas = dict(type='CanvasAffine', input_size=size, canvas_size=size)
train_pipeline = [*_base_.load, dict(type='Seeded', transforms=[*_base_.augment, canvas]), _base_.train_pipeline[-1]]
val_pipeline = [*_base_.load, dict(type='TopdownAffine', input_size=size), _base_.train_pipeline[-1]]

train_dataloader = dict(dataset=dict(skeleton='mpii', sources=dict(coco=None, mpii=source), pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(skeleton='mpii', sources=dict(coco=None, mpii=dict(padding=1.25)), pipeline=val_pipeline)
)
test_dataloader = val_dataloader
val_evaluator = dict(skeleton='mpii', metrics=dict(coco=None))
test_evaluator = val_evaluator

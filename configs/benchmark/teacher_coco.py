"""The benchmark's COCO-style teacher, 17 keypoints, 96x128, from several times the student's people and steps.

python benchmarks/distill_quality.py --rows no_teachers
"""

_base_ = [
    '../_base_/runtime.py',
    '_base_/schedule.py',
    '../demo/_base_/rtmpose_96x128.py',
    '_base_/coco_people_96x128.py',
]

train_cfg = dict(max_epochs=11, val_interval=11)
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=11, T_max=11)]

model = dict(
    skeleton='coco',
    backbone=dict(widen_factor=0.25, init_cfg=None),
    head=dict(in_channels=128, out_channels=17),
)

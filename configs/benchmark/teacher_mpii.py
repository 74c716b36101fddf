"""The benchmark's MPII-style teacher, 16 keypoints, 128x128, from several times the student's people and steps.

python benchmarks/distill_quality.py --rows no_teachers
"""

_base_ = [
    '../_base_/runtime.py',
    '_base_/schedule.py',
    '../demo/_base_/rtmpose_96x128.py',
    '_base_/mpii_people_128x128.py',
]

train_cfg = dict(max_epochs=18, val_interval=18)
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=18, T_max=18)]

codec = dict(input_size=_base_.size, sigma=(4.0, 4.0))
model = dict(
    skeleton='mpii',
    backbone=dict(widen_factor=0.25, init_cfg=None),
    head=dict(in_channels=128, out_channels=16, input_size=_base_.size, in_featuremap_size=(8, 8), decoder=codec),
)

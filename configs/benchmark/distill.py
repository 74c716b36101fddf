"""The benchmark's student, taught by both teachers with the default recipe.

python benchmarks/distill_quality.py --rows unipose
"""

_base_ = [
    '../_base_/runtime.py',
    '_base_/schedule.py',
    '../demo/_base_/rtmpose_96x128.py',
    '_base_/people_96x128.py',
]

train_cfg = dict(max_epochs=80, val_interval=80)
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=80, T_max=80)]

model = dict(
    backbone=dict(init_cfg=dict(checkpoint='teachers/benchmark/backbone.pth')),
    teachers=dict(
        coco=dict(
            config='configs/benchmark/teacher_coco.py',
            checkpoint='teachers/benchmark/teacher_coco.pth',
            calibration='teachers/benchmark/calibration_coco.json',
            skeleton='coco',
        ),
        mpii=dict(
            config='configs/benchmark/teacher_mpii.py',
            checkpoint='teachers/benchmark/teacher_mpii.pth',
            calibration='teachers/benchmark/calibration_mpii.json',
            skeleton='mpii',
        ),
    ),
)

"""The benchmark's student, taught by both teachers with the default recipe, on half of the people that there are.

python benchmarks/distill_quality.py --rows unipose
"""

_base_ = [
    '../_base_/runtime.py',
    '_base_/schedule.py',
    '../demo/_base_/rtmpose_96x128.py',
    '_base_/people_96x128.py',
    '_base_/distillation.py',
]

train_cfg = dict(max_epochs=200, val_interval=200)
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=200, T_max=200)]

train_dataloader = dict(
    batch_size=16,
    dataset=dict(sources=dict(coco=dict(dataset=dict(indices=350)), mpii=dict(dataset=dict(indices=50)))),
)

model = dict(
    _base_.distillation,
    backbone=dict(init_cfg=dict(checkpoint='teachers/benchmark/backbone.pth')),
)

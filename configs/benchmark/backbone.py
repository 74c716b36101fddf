"""The benchmark student's backbone, trained on separate people, as real ones start from published pose backbones.

python benchmarks/distill_quality.py --rows no_teachers
"""

_base_ = [
    '../_base_/runtime.py',
    '_base_/schedule.py',
    '../demo/_base_/rtmpose_96x128.py',
    '_base_/coco_people_96x128.py',
]

train_cfg = dict(max_epochs=13, val_interval=13)
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=13, T_max=13)]

model = dict(skeleton='coco', backbone=dict(init_cfg=None), head=dict(out_channels=17))
train_dataloader = dict(dataset=dict(sources=dict(coco=dict(dataset=dict(data_root='data/benchmark/backbone/coco/')))))

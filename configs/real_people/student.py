"""The small student of `benchmarks/real_people.py`, 96x128, taught by MoveNet Thunder and EfficientPose.

python benchmarks/real_people.py PEOPLE_DIR TEACHERS_DIR
"""

_base_ = [
    '../_base_/runtime.py',
    '../benchmark/_base_/schedule.py',
    '../demo/_base_/rtmpose_96x128.py',
    '_base_/people.py',
    '../_base_/teachers_public.py',
]

# of what was tried on the dev people: 5e-4 and 2e-3 learn more slowly, 1e-2 hardly at all
base_lr = 4e-3
max_epochs = 80
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=base_lr))
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=max_epochs, T_max=max_epochs)]

# on people that the teachers were not trained on
calibrated = {name: dict(calibration=f'configs/real_people/calibration_{name}_lsp.json') for name in ('coco', 'mpii')}
model = dict(
    _base_.distillation,
    gt_weight=4.0,  # annotations are truer than what teachers say of the same people
    teachers={name: dict(_base_.distillation.teachers[name], **calibrated[name]) for name in calibrated},
    canvas_size=_base_.canvas_size,
    canvas_scale=_base_.canvas_scale,
    backbone=dict(init_cfg=dict(checkpoint='teachers/benchmark/backbone.pth')),
)

"""The student that comes with unipose, for two more epochs with what int8 keeps of it: for `tools/export.py --int8`.

python tools/train.py configs/real_people/take_home_int8.py --targets work_dirs/take_home/targets_once
"""

_base_ = 'take_home.py'

max_epochs = 2
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=2e-4))
param_scheduler = [
    dict(_base_.param_scheduler[0], end=30),
    dict(_base_.param_scheduler[1], end=max_epochs, T_max=max_epochs),
]
custom_hooks = [*_base_.custom_hooks, dict(type='QuantisationAwareHook')]
load_from = 'work_dirs/take_home/epoch_30.pth'

"""What the student that comes with unipose begins with: the same people, on pictures of half its size."""

_base_ = 'take_home.py'

max_epochs = 60
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=4e-3))
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=max_epochs, T_max=max_epochs)]
load_from = None

input_size = (96, 128)
canvas = dict(_base_.canvas, input_size=input_size, canvas_scale=2.0)
crop = dict(type='TopdownAffine', input_size=input_size)
train_pipeline = [*_base_.load, dict(type='Seeded', transforms=[*_base_.augment, canvas]), _base_.pack]
val_pipeline = [*_base_.load, crop, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

codec = dict(input_size=input_size, sigma=(3.46, 4.0))
model = dict(canvas_scale=2.0, head=dict(input_size=input_size, in_featuremap_size=(3, 4), decoder=codec))

"""What trains on the teachers' MPII-style people alone: square crops, as MPII's own models take them."""

_base_ = 'people_96x128.py'

size = (128, 128)
canvas = dict(type='CanvasAffine', input_size=size, canvas_size=size)
train_pipeline = [*_base_.load, dict(type='Seeded', transforms=[*_base_.augment, canvas]), _base_.train_pipeline[-1]]
val_pipeline = [*_base_.load, dict(type='TopdownAffine', input_size=size), _base_.train_pipeline[-1]]

source = dict(padding=1.25, dataset=dict(data_root='data/benchmark/teachers/mpii/'))
train_dataloader = dict(dataset=dict(skeleton='mpii', sources=dict(coco=None, mpii=source), pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(skeleton='mpii', sources=dict(coco=None, mpii=dict(padding=1.25)), pipeline=val_pipeline)
)
test_dataloader = val_dataloader
val_evaluator = dict(skeleton='mpii', metrics=dict(coco=None))
test_evaluator = val_evaluator

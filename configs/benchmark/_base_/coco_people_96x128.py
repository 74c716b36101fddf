"""What trains on the teachers' COCO-style people alone."""

_base_ = 'people_96x128.py'

source = dict(dataset=dict(data_root='data/benchmark/teachers/coco/'))
train_dataloader = dict(dataset=dict(skeleton='coco', sources=dict(coco=source, mpii=None)))
val_dataloader = dict(dataset=dict(skeleton='coco', sources=dict(mpii=None)))
test_dataloader = val_dataloader
val_evaluator = dict(skeleton='coco', metrics=dict(mpii=None))
test_evaluator = val_evaluator

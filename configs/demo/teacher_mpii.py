"""The demo's MPII-style teacher, 16 keypoints, 128x128; also the network that its weights in teachers/demo fit.

make demo-teachers
"""

_base_ = ['../_base_/runtime.py', '_base_/schedule.py', '_base_/rtmpose_96x128.py', '_base_/synthetic_96x128.py']

size = (128, 128)
source = dict(padding=1.25, dataset=dict(data_root='data/demo_teachers/mpii/'))
headboxes = 'data/demo_teachers/mpii/annotations/mpii_gt_val.mat'
codec = dict(input_size=size, sigma=(4.0, 4.0))

model = dict(
    skeleton='mpii',
    backbone=dict(widen_factor=0.25, init_cfg=None),
    head=dict(in_channels=128, out_channels=16, input_size=size, in_featuremap_size=(8, 8), decoder=codec),
)
canvas = dict(type='CanvasAffine', input_size=size, canvas_size=size)
train_pipeline = [
    *_base_.load,
    dict(type='Seeded', transforms=[*_base_.augment, canvas]),
    dict(type='PackUnifiedInputs'),
]
val_pipeline = [*_base_.load, dict(type='TopdownAffine', input_size=size), dict(type='PackUnifiedInputs')]

train_dataloader = dict(
    dataset=dict(skeleton='mpii', sources=dict(mpii=source, coco=None), pipeline=train_pipeline),
)
val_source = dict(source, dataset=dict(source['dataset'], headbox_file=headboxes))
val_dataloader = dict(dataset=dict(skeleton='mpii', sources=dict(mpii=val_source, coco=None), pipeline=val_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(skeleton='mpii', metrics=dict(coco=None))
test_evaluator = val_evaluator

"""Synthetic people in COCO's and MPII's layouts at a quarter of the area, with mild augmentation."""

_base_ = '../../_base_/coco-mpii_192x256.py'

input_size = (96, 128)
canvas_size = (128, 128)

load = [dict(type='LoadCheckedImage'), dict(type='GetSourceBBoxCenterScale')]
augment = [
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform', shift_factor=0.05, scale_factor=[0.85, 1.15], rotate_factor=15),
]
canvas = dict(type='CanvasAffine', input_size=input_size, canvas_size=canvas_size)
train_pipeline = [*load, dict(type='Seeded', transforms=[*augment, canvas]), dict(type='PackUnifiedInputs')]
val_pipeline = [*load, dict(type='TopdownAffine', input_size=input_size), dict(type='PackUnifiedInputs')]

coco = dict(license='synthetic', dataset=dict(data_root='data/demo/coco/'))
mpii = dict(license='synthetic', dataset=dict(data_root='data/demo/mpii/'))
mpii_val = dict(dataset=dict(data_root='data/demo/mpii/', headbox_file='data/demo/mpii/annotations/mpii_gt_val.mat'))

train_dataloader = dict(
    batch_size=32, num_workers=2, dataset=dict(sources=dict(coco=coco, mpii=mpii), pipeline=train_pipeline)
)
val_dataloader = dict(
    num_workers=2,
    persistent_workers=False,
    dataset=dict(sources=dict(coco=coco, mpii=mpii_val), pipeline=val_pipeline),
)
test_dataloader = val_dataloader
val_evaluator = dict(metrics=dict(coco=dict(ann_file='data/demo/coco/annotations/person_keypoints_val2017.json')))
test_evaluator = val_evaluator

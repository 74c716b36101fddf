"""The same data, augmented by MMPose's, MMDetection's and Albumentations' own transforms, one sample after the other.

A leaf names it after coco-mpii_192x256.py.
"""

_base_ = 'coco-mpii_192x256.py'

color = [
    dict(type='mmdet.YOLOXHSVRandomAug'),
    dict(type='Albumentation', transforms=[dict(type='Blur', p=0.1), dict(type='MedianBlur', p=0.1)]),
]
cutout = dict(
    type='CoarseDropout', min_holes=1, max_holes=1, min_height=0.2, max_height=0.4, min_width=0.2, max_width=0.4
)

train_pipeline = [
    *_base_.load,
    dict(
        type='Seeded',
        transforms=[
            dict(type='RandomFlip', direction='horizontal'),
            dict(type='RandomHalfBody'),
            dict(type='RandomBBoxTransform', scale_factor=[0.6, 1.4], rotate_factor=80),
            _base_.canvas,
            *color,
            dict(type='Albumentation', transforms=[dict(cutout, p=1.0)]),
        ],
    ),
    dict(type='PackUnifiedInputs'),
]
train_pipeline_stage2 = [
    *_base_.load,
    dict(
        type='Seeded',
        transforms=[
            dict(type='RandomFlip', direction='horizontal'),
            dict(type='RandomHalfBody'),
            dict(type='RandomBBoxTransform', shift_factor=0.0, scale_factor=[0.75, 1.25], rotate_factor=60),
            _base_.canvas,
            *color,
            dict(type='Albumentation', transforms=[dict(cutout, p=0.5)]),
        ],
    ),
    dict(type='PackUnifiedInputs'),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
stage2_hook = dict(switch_pipeline=train_pipeline_stage2)

"""The benchmark's people: hard ones, seven COCO-style to one MPII-style, trained on and scored in separate images."""

_base_ = '../../demo/_base_/synthetic_96x128.py'

data = 'data/benchmark'

augment = [
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform', shift_factor=0.08, scale_factor=[0.75, 1.25], rotate_factor=30),
]
train_pipeline = [
    *_base_.load,
    dict(type='Seeded', transforms=[*augment, _base_.canvas]),
    dict(type='PackUnifiedInputs'),
]

train_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        pipeline=train_pipeline,
        sources=dict(
            coco=dict(dataset=dict(data_root=f'{data}/train/coco/')),
            mpii=dict(dataset=dict(data_root=f'{data}/train/mpii/')),
        ),
    ),
)
val_dataloader = dict(
    num_workers=0,
    dataset=dict(
        sources=dict(
            coco=dict(dataset=dict(data_root=f'{data}/dev/coco/')),
            mpii=dict(
                dataset=dict(data_root=f'{data}/dev/mpii/', headbox_file=f'{data}/dev/mpii/annotations/mpii_gt_val.mat')
            ),
        ),
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    metrics=dict(coco=dict(ann_file=f'{data}/dev/coco/annotations/person_keypoints_val2017.json')),
)
test_evaluator = val_evaluator

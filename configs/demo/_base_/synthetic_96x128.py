"""Synthetic people in COCO's and MPII's layouts at a quarter of the area, with mild augmentation."""

skeleton = 'coco+mpii'
input_size = (96, 128)
canvas_size = (128, 128)

coco = dict(
    type='CocoDataset',
    data_root='data/demo/coco/',
    ann_file='annotations/person_keypoints_train2017.json',
    data_prefix=dict(img='train2017/'),
)
mpii = dict(
    type='MpiiDataset',
    data_root='data/demo/mpii/',
    ann_file='annotations/mpii_train.json',
    data_prefix=dict(img='images/'),
)
coco_val = dict(coco, ann_file='annotations/person_keypoints_val2017.json', data_prefix=dict(img='val2017/'))
mpii_val = dict(mpii, ann_file='annotations/mpii_val.json', headbox_file='data/demo/mpii/annotations/mpii_gt_val.mat')
mpii_padding = 0.9375  # as in coco-mpii_192x256.py

load = [dict(type='LoadCheckedImage'), dict(type='GetSourceBBoxCenterScale')]
augment = [
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform', shift_factor=0.05, scale_factor=[0.85, 1.15], rotate_factor=15),
]
train_pipeline = [
    *load,
    dict(
        type='Seeded',
        transforms=[*augment, dict(type='CanvasAffine', input_size=input_size, canvas_size=canvas_size)],
    ),
    dict(type='PackUnifiedInputs'),
]
val_pipeline = [*load, dict(type='TopdownAffine', input_size=input_size), dict(type='PackUnifiedInputs')]

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='ViewSampler'),
    dataset=dict(
        type='UnifiedKeypointDataset',
        skeleton=skeleton,
        sources=dict(
            coco=dict(skeleton='coco', dataset=coco), mpii=dict(skeleton='mpii', padding=mpii_padding, dataset=mpii)
        ),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=2,
    persistent_workers=False,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='UnifiedKeypointDataset',
        skeleton=skeleton,
        test_mode=True,
        sources=dict(
            coco=dict(skeleton='coco', dataset=coco_val),
            mpii=dict(skeleton='mpii', padding=mpii_padding, dataset=mpii_val),
        ),
        pipeline=val_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    type='UnifiedEvaluator',
    skeleton=skeleton,
    metrics=dict(
        coco=dict(
            type='CocoKeypointMetric',
            skeleton='coco',
            ann_file='data/demo/coco/annotations/person_keypoints_val2017.json',
        ),
        mpii=dict(type='MpiiPCKhMetric', skeleton='mpii'),
    ),
)
test_evaluator = val_evaluator

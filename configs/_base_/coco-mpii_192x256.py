"""COCO and MPII as one dataset of 21 keypoints, on a canvas that shows every teacher its own window."""

skeleton = 'coco+mpii'
input_size = (192, 256)
canvas_size = (256, 256)
stage2_epochs = 30

coco = dict(type='CocoDataset', data_root='data/coco/')
mpii = dict(type='MpiiDataset', data_root='data/mpii/', data_prefix=dict(img='images/'))
# MPII's square box, grown to 3:4, at 0.9375: the canvas is then the crop that MPII models are trained on (1.25)
mpii_padding = 0.9375

canvas = dict(type='CanvasAffine', input_size=input_size, canvas_size=canvas_size)
load = [dict(type='LoadCheckedImage'), dict(type='GetSourceBBoxCenterScale')]

# RTMPose's augmentation; coco-mpii_192x256_stock.py has it in MMPose's own transforms, which take longer
train_pipeline = [
    *load,
    dict(
        type='Seeded',
        transforms=[
            dict(type='MarkRandomFlip'),
            dict(type='RandomHalfBody'),
            dict(type='QuickRandomBBoxTransform', scale_factor=[0.6, 1.4], rotate_factor=80),
            canvas,
            dict(type='DrawPhotometric'),
        ],
    ),
    dict(type='PackUnifiedInputs'),
]
train_pipeline_stage2 = [
    *load,
    dict(
        type='Seeded',
        transforms=[
            dict(type='MarkRandomFlip'),
            dict(type='RandomHalfBody'),
            dict(type='QuickRandomBBoxTransform', shift_factor=0.0, scale_factor=[0.75, 1.25], rotate_factor=60),
            canvas,
            dict(type='DrawPhotometric', hole_prob=0.5),
        ],
    ),
    dict(type='PackUnifiedInputs'),
]
val_pipeline = [
    dict(load[0], keep=True),
    *load[1:],
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackUnifiedInputs'),
]

train_dataloader = dict(
    batch_size=256,
    num_workers=10,
    persistent_workers=True,
    sampler=dict(type='ViewSampler'),
    collate_fn=dict(type='stack_samples'),
    dataset=dict(
        type='UnifiedKeypointDataset',
        skeleton=skeleton,
        sources=dict(
            coco=dict(
                skeleton='coco',
                license='cc-by-4.0',  # of the annotations; images are under their owners' Flickr licences
                dataset=dict(
                    coco, ann_file='annotations/person_keypoints_train2017.json', data_prefix=dict(img='train2017/')
                ),
            ),
            mpii=dict(
                skeleton='mpii',
                license='research-only',
                padding=mpii_padding,
                dataset=dict(mpii, ann_file='annotations/mpii_train.json'),
            ),
        ),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=10,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    collate_fn=dict(type='stack_samples'),
    dataset=dict(
        type='UnifiedKeypointDataset',
        skeleton=skeleton,
        test_mode=True,
        sources=dict(
            coco=dict(
                skeleton='coco',
                dataset=dict(
                    coco, ann_file='annotations/person_keypoints_val2017.json', data_prefix=dict(img='val2017/')
                ),
            ),
            mpii=dict(
                skeleton='mpii',
                padding=mpii_padding,
                dataset=dict(
                    mpii, ann_file='annotations/mpii_val.json', headbox_file='data/mpii/annotations/mpii_gt_val.mat'
                ),
            ),
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
            ann_file='data/coco/annotations/person_keypoints_val2017.json',
        ),
        mpii=dict(type='MpiiPCKhMetric', skeleton='mpii'),
    ),
)
test_evaluator = val_evaluator

stage2_hook = dict(type='mmdet.PipelineSwitchHook', switch_pipeline=train_pipeline_stage2)

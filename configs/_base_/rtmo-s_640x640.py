"""RTMO-s that finds people and the 21 keypoints of COCO and MPII in whole pictures; sizes and losses are MMPose's.

Without Mosaic and MixUp, whose pictures have no people to be cut out for teachers, and with one input size.
"""

_base_ = 'mmpose::body_2d_keypoint/rtmo/coco/rtmo-s_8xb32-600e_coco-640x640.py'

custom_imports = dict(imports=['unipose.registration'], allow_failed_imports=False)

skeleton = 'coco+mpii'
size = (640, 640)
crop_size = (256, 256)

model = dict(
    type='OneStageDistiller',
    skeleton=skeleton,
    tail=0.01,
    # what teachers' crops are classified in: RTMPose's bins at 256x256
    crop=dict(type='SimCCLabel', input_size=crop_size, sigma=5.66, simcc_split_ratio=2.0, normalize=False),
    data_preprocessor=dict(batch_augments=None),
    backbone=dict(init_cfg=dict(checkpoint='teachers/yolox_s_8x8_300e_coco_20211121_095711-4592a793.pth')),
    head=dict(
        type='UnionRTMOHead',
        assigner=dict(type='ShownSimOTAAssigner', oks_calculator=dict(metainfo=None)),
        loss_oks=dict(metainfo=None),
    ),
)

load = dict(type='LoadCheckedImage')
colours = [dict(type='YOLOXHSVRandomAug'), dict(type='KeepPicture')]
flip = dict(type='RandomFlip', direction='horizontal')
warp = dict(
    type='BottomupRandomAffine',
    input_size=size,
    shift_factor=0.1,
    rotate_factor=10,
    scale_factor=(0.75, 1.25),
    scale_type='long',
    pad_val=114,
    distribution='uniform',
    bbox_keep_corner=False,
    clip_border=True,
)
still = dict(warp, shift_prob=0, rotate_prob=0, scale_prob=0)
pack = [
    dict(type='KeepSeenPeople'),
    dict(type='CutPeople', crop_size=crop_size),
    dict(type='MaskOthers', get_invalid=True),
    dict(type='PackPeople'),
]
train_pipeline = [load, dict(type='Seeded', transforms=[*colours, warp, flip]), *pack]
last_pipeline = [load, dict(type='Seeded', transforms=[*colours, still, flip]), *pack]
val_pipeline = [
    load,
    dict(type='BottomupResize', input_size=size, pad_val=(114, 114, 114)),
    dict(type='PackUnifiedInputs'),
]

coco = dict(type='CocoDataset', data_root='data/coco/')
train_dataloader = dict(
    pin_memory=False,
    sampler=dict(_delete_=True, type='ViewSampler'),
    dataset=dict(
        _delete_=True,
        type='WholePictureDataset',
        skeleton=skeleton,
        partly_annotated=True,
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
                padding=0.9375,
                boxes='keypoints',
                dataset=dict(
                    type='MpiiDataset',
                    data_root='data/mpii/',
                    ann_file='annotations/mpii_train.json',
                    data_prefix=dict(img='images/'),
                ),
            ),
        ),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    pin_memory=False,
    dataset=dict(
        _delete_=True,
        type='WholePictureDataset',
        skeleton=skeleton,
        partly_annotated=True,
        test_mode=True,
        sources=dict(
            coco=dict(
                skeleton='coco',
                dataset=dict(
                    coco, ann_file='annotations/person_keypoints_val2017.json', data_prefix=dict(img='val2017/')
                ),
            ),
        ),
        pipeline=val_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    _delete_=True,
    type='UnifiedEvaluator',
    skeleton=skeleton,
    metrics=dict(
        coco=dict(
            type='CocoPictureMetric',
            skeleton='coco',
            ann_file='data/coco/annotations/person_keypoints_val2017.json',
        ),
    ),
)
test_evaluator = val_evaluator

randomness = dict(seed=21)
custom_hooks = [
    # from here on the regression follows the classification, and boxes have a loss of their own at last
    dict(
        type='HeadStagesHook',
        stages={
            280: {'proxy_target_cc': True, 'loss_mle.loss_weight': 5.0, 'loss_oks.loss_weight': 10.0},
            580: {'use_aux_loss': True},
        },
    ),
    dict(type='mmdet.PipelineSwitchHook', switch_epoch=580, switch_pipeline=last_pipeline),
    dict(type='SyncNormHook', priority=48),
    dict(type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.0002, update_buffers=True, priority=49),
]
default_hooks = dict(
    checkpoint=dict(max_keep_ckpts=2),
    damaged_images=dict(type='DamagedImageHook'),
    distillation=dict(type='DistillationLogHook'),
    step_time=dict(type='StepTimeHook'),
)
vis_backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
visualizer = dict(_delete_=True, type='Visualizer', vis_backends=vis_backends)
log_processor = dict(mean_pattern='(loss|time|grad_norm|^raw_|^skipped_steps|^damaged_images)')

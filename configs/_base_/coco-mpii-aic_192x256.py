"""COCO, MPII and AI Challenger as one dataset of 22 keypoints: AIC's neck is not MPII's upper_neck, head_top is one."""

_base_ = 'coco-mpii_192x256.py'

skeleton = 'coco+mpii+aic'
aic = dict(type='AicDataset', data_root='data/aic/')
train_images = 'ai_challenger_keypoint_train_20170902/keypoint_train_images_20170902/'
val_images = 'ai_challenger_keypoint_validation_20170911/keypoint_validation_images_20170911/'

train_dataloader = dict(
    dataset=dict(
        skeleton=skeleton,
        sources=dict(
            aic=dict(
                skeleton='aic',
                ratio=0.4,  # AIC has about 2.5 times COCO's people; so an epoch has about as many of each
                dataset=dict(aic, ann_file='annotations/aic_train.json', data_prefix=dict(img=train_images)),
            ),
        ),
    ),
)
val_dataloader = dict(
    dataset=dict(
        skeleton=skeleton,
        sources=dict(
            aic=dict(
                skeleton='aic',
                dataset=dict(aic, ann_file='annotations/aic_val.json', data_prefix=dict(img=val_images)),
            ),
        ),
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(
    skeleton=skeleton,
    metrics=dict(
        aic=dict(
            type='CocoKeypointMetric',
            skeleton='aic',
            ann_file='data/aic/annotations/aic_val.json',
            use_area=False,  # as MMPose scores AIC, with the box for the person's size
        ),
    ),
)
test_evaluator = val_evaluator

"""DEKR with HRNet-w48 on COCO: finds people and their 17 keypoints in whole pictures.

    python tools/train.py configs/dekr_hrnet-w48_coco-640x640.py

Expected: MMPose publishes AP .714 of this schedule (140 epochs of 8 GPUs), with a rescorer and a flip test.
"""

_base_ = '_base_/dekr-w32_512x512.py'

size = (640, 640)
codec = dict(input_size=size, heatmap_size=(160, 160))
weights = 'https://download.openmmlab.com/mmpose/pretrain_models/hrnet_w48-8ef0771d.pth'

model = dict(
    backbone=dict(
        extra=dict(
            stage2=dict(num_channels=(48, 96)),
            stage3=dict(num_channels=(48, 96, 192)),
            stage4=dict(num_channels=(48, 96, 192, 384)),
        ),
        init_cfg=dict(checkpoint=weights),
    ),
    head=dict(in_channels=720, num_heatmap_filters=48, decoder=codec),
)
augment = [dict(type='BottomupRandomAffine', input_size=size), dict(type='RandomFlip', direction='horizontal')]
encode = dict(type='GenerateTarget', encoder=dict(_base_.codec, **codec))
resize = dict(type='BottomupResize', input_size=size, size_factor=32, resize_mode='expand')
train_pipeline = [_base_.load, dict(type='Seeded', transforms=augment), encode, *_base_.pack_targets]
val_pipeline = [_base_.load, resize, _base_.pack]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

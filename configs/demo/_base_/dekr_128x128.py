"""A narrow DEKR for 128x128 inputs: HRNet's four stages with a module and two blocks each, a quarter of the filters."""

_base_ = '../../_base_/dekr-w32_512x512.py'

size = (128, 128)
# centres and keypoints as wide, beside a person, as at full size
codec = dict(input_size=size, heatmap_size=(32, 32), sigma=(2, 1), minimal_diagonal_length=4)
model = dict(
    backbone=dict(
        extra=dict(
            stage1=dict(num_blocks=(2,), num_channels=(32,)),
            stage2=dict(num_blocks=(2, 2), num_channels=(16, 32)),
            stage3=dict(num_modules=1, num_blocks=(2, 2, 2), num_channels=(16, 32, 64)),
            stage4=dict(num_modules=1, num_blocks=(2, 2, 2, 2), num_channels=(16, 32, 64, 128)),
        ),
        init_cfg=None,
    ),
    head=dict(
        in_channels=240,
        num_displacement_filters_per_keypoint=5,
        displacement_loss=dict(loss_weight=0.05),
        decoder=codec,
    ),
)
augment = [
    dict(type='BottomupRandomAffine', input_size=size, shift_factor=0.1, scale_factor=(0.8, 1.25), rotate_factor=15),
    dict(type='RandomFlip', direction='horizontal'),
]
encode = dict(type='GenerateTarget', encoder=dict(_base_.codec, **codec))
resize = dict(type='BottomupResize', input_size=size, size_factor=32, resize_mode='expand')
train_pipeline = [_base_.load, dict(type='Seeded', transforms=augment), encode, *_base_.pack_targets]
val_pipeline = [_base_.load, resize, _base_.pack]

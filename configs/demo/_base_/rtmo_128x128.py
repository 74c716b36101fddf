"""A narrow RTMO for 128x128 inputs, a quarter of the width with an encoder of 64 channels; and its schedule."""

_base_ = '../../_base_/rtmo-s_640x640.py'

size = (128, 128)
crop_size = (128, 128)
width = 64  # channels of the neck
max_epochs = 24

model = dict(
    crop=dict(input_size=crop_size, sigma=4.0),
    backbone=dict(widen_factor=0.25, init_cfg=dict(_delete_=True, type='Kaiming', layer='Conv2d')),
    neck=dict(
        in_channels=[64, 128, 256],
        hidden_dim=width,
        encoder_cfg=dict(
            self_attn_cfg=dict(embed_dims=width, num_heads=4), ffn_cfg=dict(embed_dims=width, feedforward_channels=128)
        ),
        projector=dict(in_channels=[width, width], out_channels=width),
    ),
    head=dict(
        head_module_cfg=dict(
            in_channels=width // 2,
            cls_feat_channels=width,
            channels_per_group=12,
            pose_vec_channels=128,
            widen_factor=1.0,
        ),
        dcc_cfg=dict(in_channels=128, feat_channels=64, num_bins=(64, 96), spe_channels=64, gau_cfg=dict(s=64)),
    ),
    test_cfg=dict(input_size=size, score_thr=0.02),
)
warp = dict(_base_.warp, input_size=size, rotate_factor=15, scale_type='short', pad_val=0)
augment = [dict(type='KeepPicture'), warp, _base_.flip]
train_pipeline = [
    _base_.load,
    dict(type='Seeded', transforms=augment),
    dict(type='KeepSeenPeople'),
    dict(type='CutPeople', crop_size=crop_size),
    *_base_.pack[-2:],
]
val_pipeline = [_base_.load, dict(type='BottomupResize', input_size=size), *_base_.val_pipeline[-1:]]

train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs, dynamic_intervals=None)
optim_wrapper = dict(
    constructor='DefaultOptimWrapperConstructor',
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(_delete_=True, norm_decay_mult=0, bias_decay_mult=0, bypass_duplicate=True),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=200),
    dict(type='CosineAnnealingLR', eta_min_ratio=0.05, T_max=max_epochs, end=max_epochs, convert_to_iter_based=True),
]
custom_hooks = [
    dict(
        type='HeadStagesHook',
        stages={max_epochs // 2: {'proxy_target_cc': True, 'loss_mle.loss_weight': 5.0, 'loss_oks.loss_weight': 10.0}},
    ),
    dict(type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.002, update_buffers=True, priority=49),
]

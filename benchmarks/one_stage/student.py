"""A small RTMO and its training: what runs of the experiment have in common."""

from __future__ import annotations

from typing import Any

from mmengine.config import Config

SKELETON = 'coco+mpii'
SIDE = 128  # pixels of the input
EPOCHS = 40
BATCH = 16
DATA = 'data/demo'
PICTURES = dict(coco=400, mpii=100)
CROP = dict(type='SimCCLabel', input_size=(128, 128), sigma=4.0, simcc_split_ratio=2.0, normalize=False)
TEACHERS = {
    name: dict(
        config=f'configs/demo/teacher_{name}.py',
        checkpoint=f'teachers/demo/teacher_{name}.pth',
        skeleton=name,
    )
    for name in ('coco', 'mpii')
}
_BN = dict(type='BN', momentum=0.03, eps=0.001)
_ACT = dict(type='Swish')
_WIDTH = 64  # channels of the neck
_POSE = 128  # of what a person's keypoints are read from

LOAD = dict(type='LoadCheckedImage')
TRAIN = [
    LOAD,
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='BottomupRandomAffine',
        input_size=(SIDE, SIDE),
        shift_factor=0.1,
        rotate_factor=15,
        scale_factor=(0.75, 1.25),
        distribution='uniform',
        bbox_keep_corner=False,
        clip_border=True,
    ),
    dict(type='PackPictures'),
]
STILL = [
    LOAD,
    dict(
        type='BottomupRandomAffine',
        input_size=(SIDE, SIDE),
        shift_prob=0,
        rotate_prob=0,
        scale_prob=0,
        bbox_keep_corner=False,
        clip_border=True,
    ),
    dict(type='PackPictures'),
]
SEEN = [
    LOAD,
    dict(type='BottomupResize', input_size=(SIDE, SIDE)),
    dict(type='PackPoseInputs', meta_keys=('img_id', 'ori_shape', 'input_size', 'input_center', 'input_scale')),
]


def sources(split: str) -> dict[str, dict[str, Any]]:
    """The people, ``'train'`` or ``'val'``, by source."""
    coco = dict(
        type='CocoDataset',
        data_root=f'{DATA}/coco/',
        ann_file=f'annotations/person_keypoints_{split}2017.json',
        data_prefix=dict(img=f'{split}2017/'),
    )
    mpii = dict(
        type='MpiiDataset',
        data_root=f'{DATA}/mpii/',
        ann_file=f'annotations/mpii_{split}.json',
        data_prefix=dict(img='images/'),
    )
    return dict(
        coco=dict(skeleton='coco', dataset=coco),
        mpii=dict(skeleton='mpii', dataset=mpii, padding=0.9375, boxes='keypoints'),
    )


def pictures(split: str, pipeline: list[dict[str, Any]], count: dict[str, int] | None = None) -> dict[str, Any]:
    """Config of the dataset."""
    return dict(type='WholePictures', sources=sources(split), skeleton=SKELETON, pipeline=pipeline, pictures=count)


def model(**taught: Any) -> dict[str, Any]:
    """Config of the student.

    Args:
        **taught: Of the :class:`benchmarks.one_stage.distiller.OneStageDistiller`: ``teachers`` and so on.
    """
    return dict(
        type='OneStageDistiller',
        skeleton=SKELETON,
        **taught,
        init_cfg=dict(
            type='Kaiming', layer='Conv2d', a=5**0.5, distribution='uniform', mode='fan_in', nonlinearity='leaky_relu'
        ),
        data_preprocessor=dict(type='PoseDataPreprocessor', pad_size_divisor=32, mean=[0, 0, 0], std=[1, 1, 1]),
        backbone=dict(
            type='CSPDarknet',
            deepen_factor=0.33,
            widen_factor=0.25,
            out_indices=(2, 3, 4),
            spp_kernal_sizes=(5, 9, 13),
            norm_cfg=_BN,
            act_cfg=_ACT,
        ),
        neck=dict(
            type='HybridEncoder',
            in_channels=[64, 128, 256],
            deepen_factor=0.33,
            widen_factor=0.5,
            hidden_dim=_WIDTH,
            output_indices=[1, 2],
            encoder_cfg=dict(
                self_attn_cfg=dict(embed_dims=_WIDTH, num_heads=4, dropout=0.0),
                ffn_cfg=dict(
                    embed_dims=_WIDTH, feedforward_channels=2 * _WIDTH, ffn_drop=0.0, act_cfg=dict(type='GELU')
                ),
            ),
            projector=dict(
                type='ChannelMapper',
                in_channels=[_WIDTH, _WIDTH],
                kernel_size=1,
                out_channels=_WIDTH,
                act_cfg=None,
                norm_cfg=dict(type='BN'),
                num_outs=2,
            ),
        ),
        head=dict(
            type='ShownRTMOHead',
            skeleton=SKELETON,
            featmap_strides=(16, 32),
            head_module_cfg=dict(
                num_classes=1,
                in_channels=_WIDTH // 2,
                cls_feat_channels=_WIDTH,
                channels_per_group=12,
                pose_vec_channels=_POSE,
                widen_factor=1.0,
                stacked_convs=2,
                norm_cfg=_BN,
                act_cfg=_ACT,
            ),
            assigner=dict(
                type='ShownSimOTAAssigner',
                dynamic_k_indicator='oks',
                oks_calculator=dict(type='PoseOKS', metainfo=None),
                use_keypoints_for_center=True,
            ),
            prior_generator=dict(type='MlvlPointGenerator', centralize_points=True, strides=[16, 32]),
            dcc_cfg=dict(
                in_channels=_POSE,
                feat_channels=64,
                num_bins=(64, 96),
                spe_channels=64,
                gau_cfg=dict(s=64, expansion_factor=2, dropout_rate=0.0, drop_path=0.0, act_fn='SiLU', pos_enc='add'),
            ),
            overlaps_power=0.5,
            loss_cls=dict(type='VariFocalLoss', reduction='sum', use_target_weight=True),
            loss_bbox=dict(type='IoULoss', mode='square', eps=1e-16, reduction='sum', loss_weight=5.0),
            loss_oks=dict(type='OKSLoss', reduction='none', loss_weight=30.0),
            loss_vis=dict(type='BCELoss', use_target_weight=True, reduction='mean'),
            loss_mle=dict(type='MLECCLoss', use_target_weight=True),
        ),
        test_cfg=dict(input_size=(SIDE, SIDE), score_thr=0.02, nms_thr=0.65),
    )


def config(count: dict[str, int], taught: dict[str, Any], work_dir: str, seed: int = 0, epochs: int = EPOCHS) -> Config:
    """Config of a run.

    Args:
        count: Pictures of each source that are annotated.
        taught: See :func:`model`.
        work_dir: Where it goes.
        seed: Of weights, order and augmentation.
        epochs: Of the schedule; in its second half RTMO's regression follows its coordinate classification.
    """
    return Config(
        dict(
            default_scope='mmpose',
            custom_imports=dict(imports=['unipose.registration']),
            work_dir=work_dir,
            randomness=dict(seed=seed),
            model=model(**taught),
            train_dataloader=dict(
                batch_size=BATCH,
                num_workers=0,
                drop_last=True,
                sampler=dict(type='DefaultSampler', shuffle=True),
                dataset=pictures('train', TRAIN, count),
            ),
            train_cfg=dict(by_epoch=True, max_epochs=epochs),
            optim_wrapper=dict(
                type='OptimWrapper',
                optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
                paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0, bypass_duplicate=True),
                clip_grad=dict(max_norm=0.1, norm_type=2),
            ),
            param_scheduler=[
                dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=200),
                dict(
                    type='CosineAnnealingLR',
                    eta_min_ratio=0.05,
                    begin=0,
                    end=epochs,
                    T_max=epochs,
                    by_epoch=True,
                    convert_to_iter_based=True,
                ),
            ],
            default_hooks=dict(
                checkpoint=dict(type='CheckpointHook', interval=10, max_keep_ckpts=1),
                logger=dict(type='LoggerHook', interval=20),
            ),
            custom_hooks=[
                dict(
                    type='RTMOModeSwitchHook',
                    epoch_attributes={
                        epochs // 2: {
                            'proxy_target_cc': True,
                            'loss_mle.loss_weight': 5.0,
                            'loss_oks.loss_weight': 10.0,
                        }
                    },
                    priority=48,
                ),
                dict(type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.002, update_buffers=True, priority=49),
            ],
        )
    )

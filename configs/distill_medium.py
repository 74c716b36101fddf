"""RTMPose-m taught by RTMPose-m teachers on COCO and MPII: 21 keypoints.

    python tools/train.py configs/distill_medium.py

Expected: not measured at full size yet; README says what is.
"""

_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_420e.py',
    '_base_/coco-mpii_192x256.py',
    '_base_/rtmpose-s_192x256.py',
    '_base_/teachers_coco-mpii.py',
]

model = dict(
    _base_.distillation,
    backbone=dict(
        deepen_factor=0.67,
        widen_factor=0.75,
        init_cfg=dict(checkpoint='teachers/cspnext-m_udp-aic-coco_210e-256x192-f2f7d6f6_20230130.pth'),
    ),
    head=dict(_base_.distillation.head, in_channels=768),
)
optim_wrapper = dict(optimizer=dict(weight_decay=0.05))
custom_hooks = [
    _base_.ema_hook,
    dict(_base_.stage2_hook, switch_epoch=_base_.max_epochs - _base_.stage2_epochs),
]

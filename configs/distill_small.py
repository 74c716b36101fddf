"""RTMPose-s taught by RTMPose-m teachers on COCO and MPII: 21 keypoints.

    python tools/train.py configs/distill_small.py

Expected: not measured at full size yet; README says what is.
"""

_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_420e.py',
    '_base_/coco-mpii_192x256.py',
    '_base_/rtmpose-s_192x256.py',
    '_base_/teachers_coco-mpii.py',
]

model = _base_.distillation
custom_hooks = [
    _base_.ema_hook,
    dict(_base_.stage2_hook, switch_epoch=_base_.max_epochs - _base_.stage2_epochs),
]

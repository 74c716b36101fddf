"""RTMPose-s taught by MoveNet Thunder and EfficientPose-II-Lite on COCO and MPII: 21 keypoints.

    python tools/train.py configs/distill_small_public.py

Expected: not measured at full size yet; docs/results.md says what the teachers score.
"""

_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_420e.py',
    '_base_/coco-mpii_192x256_wide.py',
    '_base_/rtmpose-s_192x256.py',
    '_base_/teachers_public.py',
]

model = dict(_base_.distillation, canvas_size=_base_.canvas_size)
custom_hooks = [
    _base_.ema_hook,
    dict(_base_.stage2_hook, switch_epoch=_base_.max_epochs - _base_.stage2_epochs),
]

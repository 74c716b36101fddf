"""RTMPose-s taught by three teachers, of COCO, MPII and AI Challenger: 22 keypoints.

    python tools/train.py configs/distill_small_coco-mpii-aic.py

The teachers are of two kinds: two RTMPose-m, and an HRNet-w32 for AI Challenger. A heatmap's confidence and an
RTMPose's are no like numbers before each is calibrated: run tools/calibrate_teacher.py for each and name the files in
`calibration=`.

Expected: not measured at full size yet; README says what is.
"""

_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_420e.py',
    '_base_/coco-mpii-aic_192x256.py',
    '_base_/rtmpose-s_192x256.py',
    '_base_/teachers_coco-mpii-aic.py',
]

model = dict(
    _base_.distillation,
    skeleton=_base_.skeleton,
    head=dict(_base_.distillation.head, out_channels=22),
)
custom_hooks = [
    _base_.ema_hook,
    dict(_base_.stage2_hook, switch_epoch=_base_.max_epochs - _base_.stage2_epochs),
]

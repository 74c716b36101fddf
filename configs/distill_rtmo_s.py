"""RTMO-s taught by RTMPose-m teachers on whole pictures of COCO and MPII: 21 keypoints, without a detector.

    python tools/train.py configs/distill_rtmo_s.py

Expected: not measured at full size; at demo size docs/results/one_stage.md has its table.
"""

_base_ = ['_base_/rtmo-s_640x640.py', '_base_/teachers_coco-mpii.py']

model = dict(teachers=_base_.distillation.teachers)

"""DEKR with HRNet-w32 on COCO: finds people and their 17 keypoints in whole pictures.

    python tools/train.py configs/dekr_hrnet-w32_coco-512x512.py

Expected: MMPose publishes AP .686 of this schedule (140 epochs of 8 GPUs), with a rescorer and a flip test.
"""

_base_ = '_base_/dekr-w32_512x512.py'

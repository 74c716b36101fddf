"""Hourglass with one stack, trained on MPII, 16 keypoints, 256x256, heatmaps: MMPose's own model."""

_base_ = 'mmpose::body_2d_keypoint/topdown_heatmap/mpii/td-hm_hourglass52_8xb64-210e_mpii-256x256.py'

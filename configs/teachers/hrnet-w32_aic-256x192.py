"""HRNet-w32 trained on AI Challenger, 14 keypoints, 192x256, heatmaps: MMPose's own model."""

_base_ = 'mmpose::body_2d_keypoint/topdown_heatmap/aic/td-hm_hrnet-w32_8xb64-210e_aic-256x192.py'

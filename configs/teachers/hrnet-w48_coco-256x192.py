"""HRNet-w48 trained on COCO, 17 keypoints, 192x256, heatmaps: MMPose's own model."""

_base_ = 'mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w48_8xb32-210e_coco-256x192.py'

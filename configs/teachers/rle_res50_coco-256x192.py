"""Regression with RLE and a ResNet-50, trained on COCO, 17 keypoints, 192x256: MMPose's own model."""

_base_ = 'mmpose::body_2d_keypoint/topdown_regression/coco/td-reg_res50_rle-8xb64-210e_coco-256x192.py'

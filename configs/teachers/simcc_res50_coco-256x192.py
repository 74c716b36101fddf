"""SimCC with a ResNet-50, trained on COCO, 17 keypoints, 192x256: MMPose's own model."""

_base_ = 'mmpose::body_2d_keypoint/simcc/coco/simcc_res50_8xb64-210e_coco-256x192.py'

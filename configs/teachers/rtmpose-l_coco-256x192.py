"""RTMPose-l trained on COCO, 17 keypoints, 192x256: MMPose's own model."""

_base_ = 'mmpose::body_2d_keypoint/rtmpose/coco/rtmpose-l_8xb256-420e_coco-256x192.py'

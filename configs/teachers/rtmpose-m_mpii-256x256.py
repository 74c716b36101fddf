"""RTMPose-m trained on MPII, 16 keypoints, 256x256: MMPose's own model."""

_base_ = 'mmpose::body_2d_keypoint/rtmpose/mpii/rtmpose-m_8xb64-210e_mpii-256x256.py'

"""RTMPose-m with AI Challenger's 14 keypoints, 192x256: MMPose's model for COCO with other outputs.

MMPose has no RTMPose trained on AI Challenger alone, so there are no published weights: this is for a teacher of your
own. Of published teachers on AI Challenger, hrnet-w32_aic-256x192.py is one.
"""

_base_ = 'mmpose::body_2d_keypoint/rtmpose/coco/rtmpose-m_8xb256-420e_coco-256x192.py'

model = dict(head=dict(out_channels=14))

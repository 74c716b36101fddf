"""HRNet-w48 with polarized self-attention, for COCO, 17 keypoints, 192x256, UDP heatmaps.

Nobody publishes weights of it for poses: this is for a teacher of your own, which `unipose train` makes from MMPose's
HRNet-w48 of ImageNet. `psa='sequential'` is the paper's other layout.
"""

_base_ = 'mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w48_udp-8xb32-210e_coco-256x192.py'

custom_imports = dict(imports=['unipose.registration'])
model = dict(backbone=dict(type='PSAHRNet', psa='parallel'))

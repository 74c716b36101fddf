"""CrowdPose's test pictures, for a model that finds people itself, by how crowded they are. Not for training.

unipose test configs/distill_rtmo_s.py CHECKPOINT --tta none --also configs/sources/crowdpose_pictures.py
"""

_base_ = 'crowdpose.py'

test_evaluator = dict(metrics=dict(crowdpose=dict(type='CrowdPosePictureMetric')))

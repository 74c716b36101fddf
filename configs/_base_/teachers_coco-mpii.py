"""The two published RTMPose-m teachers, and how they teach; fetch them with `python tools/download_teachers.py`."""

# Where both teachers know a joint, one mixture of what they say raised PCKh@0.1 most and cost no AP; the teachers'
# features added a little to all columns, for no time (docs/results.md).
combine = 'fused'
feature_weight = 2.0
teachers = dict(
    coco=dict(
        config='configs/teachers/rtmpose-m_coco-256x192.py',
        checkpoint='teachers/rtmpose-m_simcc-coco_pt-aic-coco_420e-256x192-d8dd5ca4_20230127.pth',
        skeleton='coco',
        feature_weight=feature_weight,
    ),
    mpii=dict(
        config='configs/teachers/rtmpose-m_mpii-256x256.py',
        checkpoint='teachers/rtmpose-m_simcc-mpii_pt-aic-coco_210e-256x256-ec4dbec8_20230206.pth',
        skeleton='mpii',
        feature_weight=feature_weight,
    ),
)

"""The two published RTMPose-m teachers; fetch them with `python tools/download_teachers.py`."""

teachers = dict(
    coco=dict(
        config='configs/teachers/rtmpose-m_coco-256x192.py',
        checkpoint='teachers/rtmpose-m_simcc-coco_pt-aic-coco_420e-256x192-d8dd5ca4_20230127.pth',
        skeleton='coco',
    ),
    mpii=dict(
        config='configs/teachers/rtmpose-m_mpii-256x256.py',
        checkpoint='teachers/rtmpose-m_simcc-mpii_pt-aic-coco_210e-256x256-ec4dbec8_20230206.pth',
        skeleton='mpii',
    ),
)

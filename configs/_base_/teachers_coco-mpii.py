"""The two published RTMPose-m teachers, and how they teach; fetch them with `python tools/download_teachers.py`."""

# What each part is worth to the benchmark's students is in docs/results.md: one mixture of what the teachers say of a
# joint that both know, for all columns; a definition of the shared joints for each dataset, for
# PCKh@0.1; and for COCO AP a head that begins as the COCO teacher's, as far as layers have the same shape, and a COCO
# teacher twice as loud. MMPose trained the MPII teacher on joints one pixel of the image too low. No offset stands here
# as none was measured on these weights: `tools/calibrate_teacher.py configs/distill_small.py --teacher mpii` does that.
# Features, which stored targets lack, gain half a point of PCKh@0.1 and no AP: without, a run is the same either way.
feature_weight = 0.0
coco_teacher = 'teachers/rtmpose-m_simcc-coco_pt-aic-coco_420e-256x192-d8dd5ca4_20230127.pth'
distillation = dict(
    combine='fused',
    dialects=dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii')),
    head=dict(
        init_cfg=[
            dict(type='Normal', layer='Conv2d', std=0.001),
            dict(type='Pretrained', prefix='head.', checkpoint=coco_teacher),
        ]
    ),
    test_cfg=dict(dialects=True),
    teachers=dict(
        coco=dict(
            config='configs/teachers/rtmpose-m_coco-256x192.py',
            checkpoint=coco_teacher,
            skeleton='coco',
            weight=2.0,
            feature_weight=feature_weight,
        ),
        mpii=dict(
            config='configs/teachers/rtmpose-m_mpii-256x256.py',
            checkpoint='teachers/rtmpose-m_simcc-mpii_pt-aic-coco_210e-256x256-ec4dbec8_20230206.pth',
            skeleton='mpii',
            feature_weight=feature_weight,
        ),
    ),
)

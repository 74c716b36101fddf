"""The benchmark's teachers, and how they teach: as in configs/_base_/teachers_coco-mpii.py."""

feature_weight = 2.0
coco_teacher = 'teachers/benchmark/teacher_coco.pth'
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
            config='configs/benchmark/teacher_coco.py',
            checkpoint=coco_teacher,
            calibration='teachers/benchmark/calibration_coco.json',
            skeleton='coco',
            feature_weight=feature_weight,
        ),
        mpii=dict(
            config='configs/benchmark/teacher_mpii.py',
            checkpoint='teachers/benchmark/teacher_mpii.pth',
            calibration='teachers/benchmark/calibration_mpii.json',
            skeleton='mpii',
            feature_weight=feature_weight,
        ),
    ),
)

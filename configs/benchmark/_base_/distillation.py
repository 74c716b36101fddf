"""The default recipe with features, taught by the benchmark's own teachers."""

_base_ = '../../_base_/teachers_coco-mpii.py'

feature_weight = 2.0
coco_teacher = 'teachers/benchmark/teacher_coco.pth'
distillation = dict(
    head=dict(
        init_cfg=[
            _base_.distillation.head.init_cfg[0],
            dict(_base_.distillation.head.init_cfg[1], checkpoint=coco_teacher),
        ]
    ),
    teachers=dict(
        coco=dict(
            config='configs/benchmark/teacher_coco.py',
            checkpoint=coco_teacher,
            feature_weight=feature_weight,
            calibration='teachers/benchmark/calibration_coco.json',
        ),
        mpii=dict(
            config='configs/benchmark/teacher_mpii.py',
            checkpoint='teachers/benchmark/teacher_mpii.pth',
            feature_weight=feature_weight,
            calibration='teachers/benchmark/calibration_mpii.json',
        ),
    ),
)

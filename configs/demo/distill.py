"""A small student learns 21 keypoints from a COCO-style and an MPII-style teacher, on synthetic people.

    make demo

Expected: README, section Results.
"""

_base_ = ['../_base_/runtime.py', '_base_/schedule.py', '_base_/rtmpose_96x128.py', '_base_/synthetic_96x128.py']

model = dict(
    teachers=dict(
        coco=dict(
            config='configs/demo/teacher_coco.py',
            checkpoint='teachers/demo/teacher_coco.pth',
            skeleton='coco',
            license='apache-2.0',
        ),
        mpii=dict(
            config='configs/demo/teacher_mpii.py',
            checkpoint='teachers/demo/teacher_mpii.pth',
            skeleton='mpii',
            license='apache-2.0',
        ),
    ),
)

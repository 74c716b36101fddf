"""A student of 27 keypoints, taught by teachers of COCO, MPII and our own.

unipose train my_pose/distill.py
"""

_base_ = [
    '../configs/_base_/runtime.py',
    '../configs/demo/_base_/schedule.py',
    '../configs/demo/_base_/rtmpose_96x128.py',
    'dataset.py',
]

mine = dict(config='my_pose/teacher.py', checkpoint='work_dirs/teacher/epoch_16.pth', skeleton=_base_.my_skeleton)
model = dict(
    skeleton=_base_.skeleton,
    head=dict(out_channels=27),
    teachers=dict(
        coco=dict(config='configs/demo/teacher_coco.py', checkpoint='teachers/demo/teacher_coco.pth', skeleton='coco'),
        mpii=dict(config='configs/demo/teacher_mpii.py', checkpoint='teachers/demo/teacher_mpii.pth', skeleton='mpii'),
        mine=mine,
    ),
)

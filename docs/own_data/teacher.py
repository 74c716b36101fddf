"""A teacher of our 10 keypoints. It starts from the COCO teacher's weights, as far as layers have the same shape.

unipose train my_pose/teacher.py
"""

_base_ = [
    '../configs/_base_/runtime.py',
    '../configs/demo/_base_/schedule.py',
    '../configs/demo/_base_/rtmpose_96x128.py',
    'dataset.py',
]

load_from = 'teachers/demo/teacher_coco.pth'
skeleton = _base_.my_skeleton
model = dict(
    skeleton=skeleton,
    backbone=dict(widen_factor=0.25, init_cfg=None),
    head=dict(in_channels=128, out_channels=10),
)
mine_alone = dict(dataset=dict(skeleton=skeleton, sources=dict(coco=None, mpii=None)))
train_dataloader = mine_alone
val_dataloader = mine_alone
test_dataloader = mine_alone
val_evaluator = dict(skeleton=skeleton, metrics=dict(coco=None, mpii=None))
test_evaluator = val_evaluator

"""The demo's COCO-style teacher, 17 keypoints, 96x128; also the network that its weights in teachers/demo fit.

make demo-teachers
"""

_base_ = ['../_base_/runtime.py', '_base_/schedule.py', '_base_/rtmpose_96x128.py', '_base_/synthetic_96x128.py']

source = dict(data_root='data/demo_teachers/coco/')
annotations = 'data/demo_teachers/coco/annotations/person_keypoints_val2017.json'

model = dict(
    skeleton='coco',
    backbone=dict(widen_factor=0.25, init_cfg=None),
    head=dict(in_channels=128, out_channels=17),
)
train_dataloader = dict(dataset=dict(skeleton='coco', sources=dict(coco=dict(dataset=source), mpii=None)))
val_dataloader = dict(dataset=dict(skeleton='coco', sources=dict(coco=dict(dataset=source), mpii=None)))
test_dataloader = val_dataloader
val_evaluator = dict(skeleton='coco', metrics=dict(coco=dict(ann_file=annotations), mpii=None))
test_evaluator = val_evaluator

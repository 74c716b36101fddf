"""The demo student's backbone, trained on other synthetic people: what its weights in teachers/demo come from.

make demo-teachers
"""

_base_ = ['../_base_/runtime.py', '_base_/schedule.py', '_base_/rtmpose_96x128.py', '_base_/synthetic_96x128.py']

source = dict(data_root='data/demo_teachers/coco/')
annotations = 'data/demo_teachers/coco/annotations/person_keypoints_val2017.json'

model = dict(skeleton='coco', backbone=dict(init_cfg=None), head=dict(out_channels=17))
train_dataloader = dict(dataset=dict(skeleton='coco', sources=dict(coco=dict(dataset=source), mpii=None)))
val_dataloader = dict(dataset=dict(skeleton='coco', sources=dict(coco=dict(dataset=source), mpii=None)))
test_dataloader = val_dataloader
val_evaluator = dict(skeleton='coco', metrics=dict(coco=dict(ann_file=annotations), mpii=None))
test_evaluator = val_evaluator

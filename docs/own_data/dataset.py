"""COCO, MPII and our people as one dataset of 27 keypoints."""

_base_ = '../configs/demo/_base_/synthetic_96x128.py'  # real COCO and MPII: '../configs/_base_/coco-mpii_192x256.py'

my_skeleton = 'my_pose/skeleton.py'
skeleton = f'coco+mpii+{my_skeleton}'
people = dict(type='CocoDataset', data_root='my_pose/data/')
train = dict(skeleton=my_skeleton, dataset=dict(people, ann_file='train.json', data_prefix=dict(img='train/')))
val = dict(skeleton=my_skeleton, dataset=dict(people, ann_file='val.json', data_prefix=dict(img='val/')))

train_dataloader = dict(dataset=dict(skeleton=skeleton, sources=dict(mine=train)))
val_dataloader = dict(dataset=dict(skeleton=skeleton, sources=dict(mine=val)))
test_dataloader = val_dataloader
metric = dict(type='CocoKeypointMetric', skeleton=my_skeleton, ann_file='my_pose/data/val.json')
val_evaluator = dict(skeleton=skeleton, metrics=dict(mine=metric))
test_evaluator = val_evaluator

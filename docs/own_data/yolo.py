"""The same people, where they are labelled as an Ultralytics pose dataset."""

_base_ = 'dataset.py'

labelled = dict(_delete_=True, type='YoloPoseDataset', ann_file='my_pose/yolo/data.yaml')
train = dict(dataset=dict(labelled, split='train'))
val = dict(dataset=dict(labelled, split='val'))
metric = dict(type='YoloKeypointMetric', ann_file='my_pose/yolo/data.yaml', split='val')

train_dataloader = dict(dataset=dict(sources=dict(mine=train)))
val_dataloader = dict(dataset=dict(sources=dict(mine=val)))
test_dataloader = val_dataloader
val_evaluator = dict(metrics=dict(mine=metric))
test_evaluator = val_evaluator

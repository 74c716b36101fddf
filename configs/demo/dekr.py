"""A small DEKR learns from scratch to find synthetic people in whole pictures.

    make demo    # which makes the people
    python tools/train.py configs/demo/dekr.py

Expected: AP 47 after 16 minutes of one core, with flip test; docs/results.md, section People in whole pictures.
"""

_base_ = '_base_/dekr_128x128.py'

max_epochs = 12
source = dict(license='synthetic', dataset=dict(data_root='data/demo/coco/'))
annotations = 'data/demo/coco/annotations/person_keypoints_val2017.json'

randomness = dict(seed=0)
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=35, norm_type=2),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=200),
    dict(type='CosineAnnealingLR', eta_min_ratio=0.02, T_max=max_epochs, convert_to_iter_based=True),
]
custom_hooks = [dict(type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.005, update_buffers=True, priority=49)]
default_hooks = dict(checkpoint=dict(save_best=None))

train_dataloader = dict(batch_size=8, dataset=dict(sources=dict(coco=source), pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(sources=dict(coco=source), pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(metrics=dict(coco=dict(ann_file=annotations)))
test_evaluator = val_evaluator

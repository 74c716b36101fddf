"""A small RTMO learns from scratch to find synthetic people and 21 keypoints, taught by the demo's two teachers.

    make demo    # which makes the people
    python tools/train.py configs/demo/distill_rtmo.py

Expected: docs/results/one_stage.md.
"""

_base_ = '_base_/rtmo_128x128.py'

coco = dict(license='synthetic', dataset=dict(data_root='data/demo/coco/'))
mpii = dict(license='synthetic', dataset=dict(data_root='data/demo/mpii/'))
annotations = 'data/demo/coco/annotations/person_keypoints_val2017.json'

model = dict(
    teachers={
        name: dict(
            config=f'configs/demo/teacher_{name}.py',
            checkpoint=f'teachers/demo/teacher_{name}.pth',
            skeleton=name,
            license='apache-2.0',
        )
        for name in ('coco', 'mpii')
    },
)
randomness = dict(seed=0)
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    dataset=dict(sources=dict(coco=coco, mpii=mpii), pipeline=_base_.train_pipeline),
)
val_dataloader = dict(dataset=dict(sources=dict(coco=coco), pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(metrics=dict(coco=dict(ann_file=annotations)))
test_evaluator = val_evaluator

"""The people of `benchmarks/real_people.py`: two annotated sources, two of boxes alone, and those whom it is scored on.

It lies in data/real_people, which the benchmark arranges. Scored are the dev people; the benchmark puts the test people
in their place.
"""

_base_ = '../../_base_/coco-mpii_192x256_wide.py'

input_size = (96, 128)
canvas_size, canvas_scale = (342, 342), 2.0  # the canvas of a student of 192x256, whose teachers say the same of it
mpii_padding = 0.9375
data, file = 'data/real_people', dict(ann_file='people.json', data_prefix=dict(img='images/'))

augment = [
    dict(type='MarkRandomFlip'),
    dict(type='QuickRandomBBoxTransform', shift_factor=0.05, scale_factor=[0.8, 1.2], rotate_factor=30),
]
load, pack = [dict(type='LoadCheckedImage'), dict(type='GetSourceBBoxCenterScale')], dict(type='PackUnifiedInputs')
canvas = dict(type='CanvasAffine', input_size=input_size, canvas_size=canvas_size, canvas_scale=canvas_scale)
train_pipeline = [*load, dict(type='Seeded', transforms=[*augment, canvas]), pack]
val_pipeline = [*load, dict(type='TopdownAffine', input_size=input_size), pack]

boxes = dict(file, type='PersonBoxDataset')
train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        seed=0,  # of all runs: they see the same views, of which teachers are asked once
        sources=dict(
            coco=dict(dataset=dict(file, data_root=f'{data}/train/coco/')),
            mpii=dict(dataset=dict(file, data_root=f'{data}/train/mpii/')),
            lspet=dict(skeleton=None, license='research-only', dataset=dict(boxes, data_root=f'{data}/train/lspet/')),
            stanford40=dict(
                skeleton=None, license='research-only', dataset=dict(boxes, data_root=f'{data}/train/stanford40/')
            ),
        ),
        pipeline=train_pipeline,
    ),
)
mpii_dev = dict(file, data_root=f'{data}/dev/mpii/', headbox_file=f'{data}/dev/mpii/heads.mat')
val_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        sources=dict(
            coco=dict(dataset=dict(file, data_root=f'{data}/dev/coco/')),
            mpii=dict(dataset=mpii_dev),
            lsp=dict(skeleton='lsp', dataset=dict(file, type='CocoDataset', data_root=f'{data}/dev/lsp/')),
        ),
        pipeline=val_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    metrics=dict(
        coco=dict(ann_file=f'{data}/dev/coco/people.json'),
        lsp=dict(type='SegmentPCKMetric', skeleton='lsp'),
    ),
)
test_evaluator = val_evaluator

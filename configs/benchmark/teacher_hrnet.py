"""A small HRNet as COCO-style teacher, 17 heatmaps from 96x128: another kind of teacher for the same student.

python benchmarks/distill_quality.py --rows heatmap_teachers
"""

_base_ = ['../_base_/runtime.py', '_base_/schedule.py', '_base_/heatmap.py', '_base_/coco_people_96x128.py']

codec = dict(type='MSRAHeatmap', input_size=(96, 128), heatmap_size=(24, 32), sigma=1.5, unbiased=True)
train_cfg = dict(max_epochs=6, val_interval=6)
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=6, T_max=6)]


def stage(branches, block='BASIC'):
    channels = tuple(16 * 2**i for i in range(branches))
    return dict(num_modules=1, num_branches=branches, block=block, num_blocks=(2,) * branches, num_channels=channels)


model = dict(
    backbone=dict(
        type='HRNet',
        in_channels=3,
        extra=dict(stage1=stage(1, 'BOTTLENECK'), stage2=stage(2), stage3=stage(3), stage4=stage(4)),
    ),
    head=dict(type='HeatmapHead', in_channels=16, out_channels=17, decoder=codec),
)
canvas = dict(type='CanvasAffine', input_size=(96, 128), canvas_size=(96, 128))
generate = dict(type='GenerateTarget', encoder=codec)
pack = _base_.train_pipeline[-1]
train_pipeline = [*_base_.load, dict(type='Seeded', transforms=[*_base_.augment, canvas]), generate, pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

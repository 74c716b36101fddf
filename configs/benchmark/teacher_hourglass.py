"""A small Hourglass as MPII-style teacher, 16 heatmaps from 128x128: another kind of teacher for the same student.

python benchmarks/distill_quality.py --rows heatmap_teachers
"""

_base_ = ['../_base_/runtime.py', '_base_/schedule.py', '_base_/heatmap.py', '_base_/mpii_people_128x128.py']

custom_imports = dict(imports=['unipose.registration', 'benchmarks.quality.narrow_hourglass'])

codec = dict(type='MSRAHeatmap', input_size=_base_.size, heatmap_size=(32, 32), sigma=1.5, unbiased=True)
train_cfg = dict(max_epochs=6, val_interval=6)
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=6, T_max=6)]

model = dict(
    backbone=dict(
        type='NarrowHourglass',
        num_stacks=1,
        downsample_times=4,
        stage_channels=(64, 64, 96, 96, 96),
        stage_blocks=(1, 1, 1, 1, 1),
        feat_channel=64,
    ),
    head=dict(type='CPMHead', in_channels=64, out_channels=16, num_stages=1, decoder=codec),
)
*crop, pack = _base_.train_pipeline
train_pipeline = [*crop, dict(type='GenerateTarget', encoder=codec), pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

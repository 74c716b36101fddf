"""RTMPose-t of `benchmarks/real_people.py`, 192x256, taught by MoveNet Thunder and EfficientPose.

It starts from the small student's backbone, made twice as wide, as far as that goes: the first two of four stages.

    python benchmarks/real_people.py PEOPLE_DIR TEACHERS_DIR --rows rtmpose-t
"""

_base_ = 'student.py'

input_size = (192, 256)
canvas = dict(_base_.canvas, input_size=input_size, canvas_scale=1.0)
crop = dict(type='TopdownAffine', input_size=input_size)
train_pipeline = [*_base_.load, dict(type='Seeded', transforms=[*_base_.augment, canvas]), _base_.pack]
val_pipeline = [*_base_.load, crop, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

codec = dict(input_size=input_size, sigma=(4.9, 5.66))
model = dict(
    canvas_scale=1.0,
    backbone=dict(
        arch_ovewrite=None,
        widen_factor=0.375,
        out_indices=(4,),
        init_cfg=dict(checkpoint='work_dirs/real_people/backbone.pth'),
    ),
    head=dict(in_channels=384, input_size=input_size, gau_cfg=dict(hidden_dims=256, s=128), decoder=codec),
)

"""A small RTMPose for 96x128 (width x height) inputs: three stages, so that features are 6x8 as at full size."""

_base_ = '../../_base_/rtmpose-s_192x256.py'

codec = dict(input_size=(96, 128), sigma=(3.46, 4.0))
model = dict(
    canvas_size=(128, 128),
    data_preprocessor=dict(type='PoseDataPreprocessor'),
    backbone=dict(
        # CSPNeXt P5 without its last stage: in, out, blocks, identity, SPP
        arch_ovewrite=[[64, 128, 3, True, False], [128, 256, 6, True, False], [256, 512, 6, False, True]],
        deepen_factor=0.167,
        widen_factor=0.1875,
        out_indices=(3,),
        norm_cfg=dict(type='BN'),
        init_cfg=dict(checkpoint='teachers/demo/backbone.pth'),
    ),
    head=dict(in_channels=96, input_size=(96, 128), gau_cfg=dict(hidden_dims=128, s=64), decoder=codec),
)

"""Two public teachers whose networks are ONNX files, and how they teach: MoveNet Thunder and EfficientPose-II-Lite."""

_base_ = '../teachers/entries.py'

distillation = dict(
    combine='fused',
    dialects=dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii')),
    test_cfg=dict(dialects=True),
    teachers=dict(coco=dict(_base_.movenet_thunder, weight=2.0), mpii=_base_.efficientpose_ii_lite),
)

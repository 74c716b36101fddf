"""Two public teachers whose networks are ONNX files, MoveNet Thunder (COCO) and EfficientPose-II-Lite (MPII).

teachers/README.md says where the files come from. Offsets were measured without flip test on training people: 225 of
COCO, 400 of MPII.
"""

distillation = dict(
    combine='fused',
    dialects=dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii')),
    test_cfg=dict(dialects=True),
    teachers=dict(
        coco=dict(
            onnx='teachers/movenet-thunder-coco17.onnx',
            skeleton='coco',
            pixels=dict(channels='RGB', range=(0, 255)),
            output='score_maps',
            adapter=dict(offset=(0.35, 0.4)),
            padding=dict(coco=1.25, mpii=1.25),
            weight=2.0,
        ),
        mpii=dict(
            onnx='teachers/efficientpose-ii-lite-mpii16.onnx',
            skeleton='mpii_efficientpose',
            pixels=dict(channels='RGB', range=(-1, 1)),
            output=dict(type='heatmaps', sigma=1.62, coding='centred'),
            adapter=dict(offset=(0.05, -0.87)),
            padding=dict(coco=1.5, mpii=1.25),
        ),
    ),
)

"""Public teachers that are ONNX files or models of Transformers, each ready to be one entry of a config.

    _base_ = [..., 'teachers/entries.py']
    model = dict(teachers=dict(coco=_base_.vitpose_b))

teachers/README.md says what fetches each file or model, and how MoveNet's and EfficientPose's are made. What a file
does not say of itself is said here.
"""

# RTMPose's own pixels, sigmas and split ratio are those of any file with outputs simcc_x and simcc_y
rtmpose_m_body7 = dict(onnx='teachers/rtmpose-m_body7-256x192.onnx', skeleton='coco')
rtmpose_l_body7 = dict(onnx='teachers/rtmpose-l_body7-256x192.onnx', skeleton='coco')
rtmpose_x_body7 = dict(onnx='teachers/rtmpose-x_body7-384x288.onnx', skeleton='coco')
rtmpose_m_halpe26 = dict(onnx='teachers/rtmpose-m_halpe26-256x192.onnx', skeleton='halpe26')
rtmpose_l_halpe26 = dict(onnx='teachers/rtmpose-l_halpe26-256x192.onnx', skeleton='halpe26')
rtmpose_x_halpe26 = dict(onnx='teachers/rtmpose-x_halpe26-384x288.onnx', skeleton='halpe26')
rtmw_l = dict(onnx='teachers/rtmw-l_wholebody-256x192.onnx', skeleton='coco_wholebody')
rtmw_l_384 = dict(onnx='teachers/rtmw-l_wholebody-384x288.onnx', skeleton='coco_wholebody')

vitpose_b = dict(transformers='usyd-community/vitpose-base-simple', skeleton='coco')
vitpose_plus_b = dict(transformers='usyd-community/vitpose-plus-base', skeleton='coco', expert='coco')
synthpose_b = dict(transformers='stanfordmimi/synthpose-vitpose-base-hf', skeleton='synthpose')
sapiens2_04b = dict(transformers='facebook/sapiens2-pose-0.4b', skeleton='sapiens308')

# Offsets and spreads were measured without flip test on training people: 225 of COCO, 400 of MPII. What Thunder's
# confidence is worth there is in calibration_movenet-thunder.json beside this file, of the file whose digest it names:
# calibration='configs/teachers/calibration_movenet-thunder.json'; of a file of your own making, measure it.
movenet_thunder = dict(
    onnx='teachers/movenet-thunder-coco17.onnx',
    skeleton='coco',
    pixels=dict(channels='RGB', range=(0, 255)),
    output='score_maps',
    adapter=dict(offset=(0.35, 0.4), spread=0.015),
    padding=dict(default=1.25),
)
movenet_lightning = dict(
    movenet_thunder, onnx='teachers/movenet-lightning-coco17.onnx', adapter=dict(offset=(0.34, 0.22), spread=0.016)
)
efficientpose_ii_lite = dict(
    onnx='teachers/efficientpose-ii-lite-mpii16.onnx',
    skeleton='mpii_efficientpose',
    pixels=dict(channels='RGB', range=(-1, 1)),
    output=dict(type='heatmaps', sigma=1.62, coding='centred'),
    adapter=dict(offset=(0.05, -0.87)),
    padding=dict(default=1.5, mpii=1.25),
)

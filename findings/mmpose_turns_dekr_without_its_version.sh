#!/usr/bin/env bash
# MMPose 1.3.2 takes DEKR's weights for those of 0.x where torch's version record is lost, and turns its heatmaps round.
#
# Guess: a state dict that has gone through safetensors, or a dict comprehension, is the same weights; strict loading would
# tell if anything did not fit.
# Seen: all keys match, and the last layer of the heatmaps begins with what was its second channel: DEKRHead converts whatever
# has no version, where 0.x had the root heatmap first, and asks nothing else, though 0.x had other names for other layers.
# Each keypoint then has the heatmap of the next one, and people are looked for where the first keypoint is.
# What follows: keep `state_dict()._metadata`, as torch.save does, or give it to what was read: `state._metadata =
# model.state_dict()._metadata`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.2.6 mmengine==0.10.7 opencv-python==4.12.0.88 scipy==1.17.0 \
    pycocotools==2.0.11 'setuptools<81' munkres==1.1.4 json_tricks==3.17.3 safetensors==0.8.0 six==1.17.0
"$folder/env/bin/pip" install -q --no-deps mmcv-lite==2.1.0 mmpose==1.3.2
"$folder/env/bin/python" - "$folder" <<'PYTHON'
import sys
from unittest.mock import MagicMock

# compiled operators, evaluation and MMDetection, of which nothing is used here
for name in ('xtcocotools', 'xtcocotools.coco', 'xtcocotools.cocoeval', 'xtcocotools.mask', 'mmcv.ops', 'mmdet', 'mmdet.utils'):
    sys.modules[name] = MagicMock()
import mmpose
import torch
from mmengine.registry import MODELS
from torch import nn


@MODELS.register_module('DCN', force=True)
class PlainConv(nn.Conv2d):
    """In the place of the compiled deformable convolution, whose weights are not what this is about."""

    def __init__(self, *args, deform_groups=1, **kwargs):
        super().__init__(*args, **kwargs)


from mmpose.models.heads.hybrid_heads.dekr_head import DEKRHead
from safetensors.torch import load_file, save_file

torch.manual_seed(0)
head = DEKRHead(
    in_channels=16,
    num_keypoints=3,
    num_heatmap_filters=8,
    num_displacement_filters_per_keypoint=4,
    heatmap_loss=dict(type='KeypointMSELoss', use_target_weight=True),
    displacement_loss=dict(type='SoftWeightSmoothL1Loss', use_target_weight=True, supervise_empty=False),
    decoder=dict(type='SPR', input_size=(64, 64), heatmap_size=(16, 16), sigma=(4, 2), minimal_diagonal_length=5),
)
nn.init.normal_(head.heatmap_conv_layers[2].weight)
state = head.state_dict()
before = head.heatmap_conv_layers[2].weight.detach().clone()
said = head.load_state_dict(state)
assert torch.equal(head.heatmap_conv_layers[2].weight, before), 'the very state dict changes something'
save_file({key: value.contiguous() for key, value in state.items()}, f'{sys.argv[1]}/dekr.safetensors')
ways = dict(comprehension={key: value.clone() for key, value in state.items()}, safetensors=load_file(f'{sys.argv[1]}/dekr.safetensors'))
for way, same in ways.items():
    said = head.load_state_dict(same, strict=True)
    after = head.heatmap_conv_layers[2].weight.detach()
    turned = torch.equal(after, torch.roll(before, -1, 0))
    print(f'mmpose {mmpose.__version__}, {way}: {said}; heatmap channels turned: {turned}')
    assert turned, 'they are not turned any more'
    head.load_state_dict(state)
PYTHON

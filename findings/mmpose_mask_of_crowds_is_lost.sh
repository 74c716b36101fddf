#!/usr/bin/env bash
# MMPose 1.3.2 trains DEKR on crowds as if nobody were in them: the mask that its pipeline makes is never packed.
#
# Guess: DEKR's training pipeline has BottomupGetHeatmapMask, and DEKRHead.loss takes `heatmap_mask`, so that crowds and people
# without keypoints are left out of the heatmaps' loss.
# Seen: the pipeline makes the mask, 0 where a crowd is. PackPoseInputs then packs the fields that the codec names, and those
# of SPR, as of AssociativeEmbedding, are heatmaps and what belongs to them: `gt_fields` has no heatmap_mask, with the transforms
# in the order of MMPose's own config, and the loss goes without it, since it asks whether it is there.
# What follows: add `heatmap_mask` to the results' `field_mapping_table` behind the mask, or to the codec's.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.2.6 mmengine==0.10.7 opencv-python==4.12.0.88 scipy==1.17.0 \
    pycocotools==2.0.11 'setuptools<81' munkres==1.1.4 json_tricks==3.17.3
"$folder/env/bin/pip" install -q --no-deps mmcv-lite==2.1.0 mmpose==1.3.2
"$folder/env/bin/python" - <<'PYTHON'
import runpy
import sys
from pathlib import Path
from unittest.mock import MagicMock

import pycocotools.mask

# xtcocotools has no wheel for numpy 2; of it, the masks are needed here
sys.modules.update({name: MagicMock() for name in ('xtcocotools', 'xtcocotools.coco', 'xtcocotools.cocoeval')})
sys.modules['xtcocotools.mask'] = sys.modules['xtcocotools'].mask = pycocotools.mask
import mmpose
import numpy as np
from mmpose.datasets import transforms

config = runpy.run_path(
    str(Path(mmpose.__file__).parent / '.mim/configs/body_2d_keypoint/dekr/coco/dekr_hrnet-w32_8xb10-140e_coco-512x512.py')
)
steps = config['train_pipeline']
names = [step['type'] for step in steps]
assert names[-3:] == ['GenerateTarget', 'BottomupGetHeatmapMask', 'PackPoseInputs'], names
crowd = [[100, 100, 200, 100, 200, 200, 100, 200]]  # the outline of a crowd, x and y
sample = dict(
    img=np.zeros((512, 512, 3), np.uint8),
    img_shape=(512, 512),
    ori_shape=(512, 512),
    input_size=(512, 512),
    warp_mat=np.eye(2, 3),
    keypoints=np.random.default_rng(0).uniform(250, 500, (1, 17, 2)),
    keypoints_visible=np.ones((1, 17)),
    bbox=np.array([[[250, 250], [500, 250], [500, 500], [250, 500]]], np.float32),
    flip_indices=list(range(17)),
    dataset_keypoint_weights=np.ones(17),
    invalid_segs=[crowd],
)
for step in steps[-3:]:
    kind = getattr(transforms, step['type'])
    sample = kind(**{key: value for key, value in step.items() if key != 'type'})(sample)
    if step['type'] == 'BottomupGetHeatmapMask':
        mask = sample['heatmap_mask']
print(f'mmpose {mmpose.__version__}: the mask leaves out {np.mean(np.asarray(mask) == 0):.1%} of the heatmaps')
packed = sorted(sample['data_samples'].gt_fields.keys())
print('packed:', ', '.join(packed))
assert (np.asarray(mask) == 0).any(), 'no mask is made'
assert 'heatmap_mask' not in packed, 'the mask is packed now'
PYTHON

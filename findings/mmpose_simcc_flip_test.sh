#!/usr/bin/env bash
# MMPose 1.3.2's flip test of SimCC moves the prediction of an exact network to the right.
#
# Guess: averaging with the mirrored image leaves the prediction of a network without error where it is.
# Seen: pixel p of w is pixel w - 1 - p of the mirrored image, so with r bins for each pixel bin b = r * p is bin
# r * (w - 1) - b there; `flip_vectors` reverses the bins, which brings it to b + r - 1. The average lies (r - 1) / (2 * r)
# pixels to the right: 0.25 with RTMPose's r = 2, nothing with r = 1. Heatmaps have `shift_heatmap` for the like.
# What follows: measure small offsets without flip test, or move the reversed bins r - 1 to the left.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.3.5
"$folder/env/bin/pip" install -q --no-deps --target "$folder/packages" mmpose==1.3.2
"$folder/env/bin/python" - "$folder/packages/mmpose/models" <<'PYTHON'
import pathlib
import runpy
import sys

import torch

models = pathlib.Path(sys.argv[1])
flip_vectors = runpy.run_path(str(models / 'utils/tta.py'))['flip_vectors']
head = (models / 'heads/coord_cls_heads/rtmcc_head.py').read_text()
assert 'batch_pred_x = (_batch_pred_x + _batch_pred_x_flip) * 0.5' in head, 'it averages otherwise now'
width, places = 192, 40 + 100 * torch.rand(2000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
for ratio, expected in ((1, 0.0), (2, 0.25), (3, 1 / 3)):

    def label(x):
        return torch.exp(-((torch.arange(width * ratio) - ratio * x[:, None]) ** 2) / (2 * 4.9**2))[None]  # [1, K, W]

    straight, mirrored = label(places), label(width - 1 - places)
    reversed_x, _ = flip_vectors(mirrored, mirrored, list(range(len(places))))
    moved = ((straight + reversed_x) * 0.5).argmax(-1) / ratio - straight.argmax(-1) / ratio  # as SimCCLabel decodes
    assert abs(moved.mean().item() - expected) < 0.02, (ratio, moved.mean())
    aligned = reversed_x[..., ratio - 1 :]
    assert torch.allclose(aligned, straight[..., : aligned.shape[-1]], atol=1e-6)
    print(f'mmpose 1.3.2, {ratio} bins a pixel: an exact network moves by {moved.mean():+.3f} pixels')
PYTHON

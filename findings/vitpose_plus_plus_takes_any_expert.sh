#!/usr/bin/env bash
# ViTPose++ in Transformers 5.23.0 takes a dataset_index that no expert has, and answers.
#
# Guess: an index beyond the number of experts is an error, as an index beyond an embedding's rows is.
# Seen: heatmaps without a word. No expert adds its part to the features, so they are those of no dataset: equal for
# every index that does not exist, and different from every expert's.
# What follows: name the dataset and check it; a wrong number looks like a weak model.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PYTHON'
import torch
from transformers import VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation, __version__

torch.manual_seed(0)
backbone = VitPoseBackboneConfig(
    hidden_size=24, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=[64, 48], patch_size=[16, 16],
    out_indices=[2], num_experts=6, part_features=6,
)
model = VitPoseForPoseEstimation(VitPoseConfig(backbone_config=backbone, num_labels=17)).eval()
image = torch.randn(1, 3, 64, 48)
with torch.no_grad():
    answers = [model(pixel_values=image, dataset_index=torch.tensor([index])).heatmaps for index in (0, 1, 5, 6, 99, -1)]
first, second, last, *beyond = answers
assert not torch.equal(first, second) and not torch.equal(second, last), 'experts differ'
assert all(torch.equal(beyond[0], other) for other in beyond), 'those that do not exist answer alike'
assert not any(torch.equal(beyond[0], known) for known in (first, second, last))
print(f'transformers {__version__}: 6 experts; indices 6, 99 and -1 are taken and answer alike, as no expert does')
PYTHON

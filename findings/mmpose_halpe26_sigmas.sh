#!/usr/bin/env bash
# MMPose 1.3.2 has two sets of sigmas for the 26 body keypoints of Halpe.
#
# Guess: halpe26.py, the body alone, has the sigmas of the first 26 of the 136 keypoints in halpe.py: both name the same
# line of Halpe's own evaluator as their source.
# Seen: COCO's 17 agree, the other nine do not. Head and neck have 0.026 and 0.080, the hip 0.066 and 0.080, the feet 0.079
# and 0.089: a head that is as far off as OKS 0.5 allows by halpe.py has OKS 0.001 by halpe26.py.
# What follows: say which file an AP on Halpe's body was computed with; the 136's are those of Halpe's evaluator.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q --no-deps mmpose==1.3.2
"$folder/env/bin/python" - "$folder"/env/lib/python3*/site-packages/mmpose/.mim/configs/_base_/datasets <<'PYTHON'
import math
import runpy
import sys

body, whole = (runpy.run_path(f'{sys.argv[1]}/{name}.py')['dataset_info'] for name in ('halpe26', 'halpe'))
names, same = ([of['keypoint_info'][i]['name'] for i in range(26)] for of in (body, whole))
assert names == same, (names, same)
pairs = list(zip(names, body['sigmas'], whole['sigmas']))
assert [name for name, one, other in pairs if one != other] == names[17:], pairs
_, head, of_136 = pairs[names.index('head')]
oks = math.exp(math.log(0.5) * (of_136 / head) ** 2)  # at the distance where the other sigma gives 0.5
assert (head, of_136) == (0.026, 0.08) and oks < 0.002, (head, of_136, oks)
print('mmpose 1.3.2:', ', '.join(f'{name} {one} and {other}' for name, one, other in pairs[17:]))
print(f'a head at OKS 0.5 by halpe.py: {oks:.4f} by halpe26.py')
PYTHON

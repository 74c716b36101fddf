#!/usr/bin/env bash
# One import of the standard library makes MMEngine 0.10.7 read a text config as another kind of config.
#
# Guess: `import re` at the top of a config in text style (_base_ = [...]) is a plain import, or refused by name.
# Seen: Config.fromfile takes the file for the lazy-import style, and raises ConfigParsingError: the chain of configs must
# be of one style, and `with read_base()` is what the file should use, which it never wanted to.
# What follows: compute with built-ins in configs, or read with lazy_import=False.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q 'setuptools<81' numpy==2.3.5 opencv-python-headless==4.14.0.94 addict==2.4.0 rich==15.0.0 \
    termcolor==3.3.0 yapf==0.43.0 pyyaml==6.0.3 matplotlib==3.11.2
"$folder/env/bin/pip" install -q --no-deps mmengine==0.10.7
printf 'size = 4\n' > "$folder/base.py"
printf '_base_ = ["base.py"]\nwide = 2\n' > "$folder/plain.py"
printf 'import re\n_base_ = ["base.py"]\nwide = 2\n' > "$folder/importing.py"
"$folder/env/bin/python" - "$folder" <<'PYTHON'
import sys

from mmengine.config import Config

folder = sys.argv[1]
assert Config.fromfile(f'{folder}/plain.py').size == 4
try:
    Config.fromfile(f'{folder}/importing.py')
    raise SystemExit('it is read now')
except Exception as error:
    assert type(error).__name__ == 'ConfigParsingError' and '"lazy_import" or non-"lazy_import"' in str(error), error
    print(f'mmengine 0.10.7, with `import re`: {type(error).__name__}: {str(error)[:160]}...')
assert Config.fromfile(f'{folder}/importing.py', lazy_import=False).size == 4
PYTHON

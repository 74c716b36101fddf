#!/usr/bin/env bash
# huggingface_hub 2.4.0, offline, hands back any folder that is there as the model that was asked for.
#
# Guess: snapshot_download(local_dir=...) without a network fails unless that folder holds a finished download.
# Seen: a folder with one config.json, which no download ever wrote, is returned as the snapshot, with a line in the log:
# by local_files_only=True and by HF_HUB_OFFLINE=1 alike. Without local_dir both raise LocalEntryNotFoundError.
# What follows: look whether the files are there before a pose model is loaded from what it returns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q huggingface_hub==2.4.0
mkdir "$folder/model"
echo '{"model_type": "vitpose"}' > "$folder/model/config.json"
export HF_HOME="$folder/home"
"$folder/env/bin/python" - "$folder/model" <<'PYTHON'
import os
import sys

from huggingface_hub import __version__, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

wanted = dict(repo_id='usyd-community/vitpose-base-simple', local_files_only=True, allow_patterns=['*.safetensors'])
found = snapshot_download(**wanted, local_dir=sys.argv[1])
assert os.listdir(found) == ['config.json'], os.listdir(found)
try:
    snapshot_download(**wanted)
    raise SystemExit('without local_dir it is found as well now')
except LocalEntryNotFoundError as error:
    print(f'huggingface_hub {__version__}: with local_dir {os.listdir(found)}; without {type(error).__name__}')
PYTHON

#!/usr/bin/env bash
# Evaluate on the GPUs of one machine, or of several with NNODES, NODE_RANK, MASTER_ADDR and PORT set on each.
# example: tools/dist_test.sh configs/distill_small.py work_dirs/distill_small/epoch_420.pth 8
set -euo pipefail
[ $# -ge 3 ] || { echo "usage: $0 CONFIG CHECKPOINT GPUS [options of tools/test.py]" >&2; exit 2; }
config=$1 checkpoint=$2 gpus=$3
shift 3
exec torchrun --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" --nproc_per_node="$gpus" \
    "$(dirname "$0")/test.py" "$config" "$checkpoint" --launcher pytorch "$@"

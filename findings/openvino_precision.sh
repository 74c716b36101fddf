#!/usr/bin/env bash
# OpenVINO 2026.4 computes in bf16 where nothing or f16 is asked for, and imitates bf16 where the CPU has no units for it.
#
# Guess: a network of 32-bit floats is computed in them unless something else is asked for, f16 is f16, and whoever asks
# for bf16 on a CPU without units for it is told, or gets f32.
# Seen: on a CPU with units for bf16, f32 is computed if it is asked for alone; nothing and f16 are bf16, with 8 bits of
# precision in place of 24. On one with AVX-512 and no such units bf16 is computed several times as slowly as f32, and
# INFERENCE_PRECISION_HINT says bf16 all the same; on one with AVX2, f32 is computed.
# What follows: ask for f32 or bf16, for the latter only where OPTIMIZATION_CAPABILITIES has BF16, and read back from the
# compiled model what it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.2.6 openvino==2026.4.1
cat > "$folder/look.py" <<'PYTHON'
import sys
import time

import numpy as np
import openvino
from openvino import opset13 as ops

pixels = ops.parameter([8, 64, 48, 48], np.float32)
found = pixels
for seed in range(8):
    weights = np.random.default_rng(seed).normal(0, 0.04, (64, 64, 3, 3)).astype(np.float32)
    found = ops.relu(ops.convolution(found, weights, [1, 1], [1, 1], [1, 1], [1, 1]))
model, core = openvino.Model([found], [pixels]), openvino.Core()
shown = np.random.default_rng(0).normal(size=(8, 64, 48, 48)).astype(np.float32)
has = 'BF16' in core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES')
print(f'{sys.argv[1]}: {"units" if has else "no units"} for bf16')
seen, numbers, seconds = {}, {}, {}
for hint in ('f32', 'bf16', 'f16', None):
    compiled = core.compile_model(model, 'CPU', {'INFERENCE_PRECISION_HINT': hint} if hint else {})
    taken = []
    for _ in range(8):
        begin = time.perf_counter()
        numbers[hint] = compiled(shown)[0]
        taken.append(time.perf_counter() - begin)
    seen[hint], seconds[hint] = compiled.get_property('INFERENCE_PRECISION_HINT').get_type_name(), min(taken)
    away = np.abs(numbers[hint] - numbers['f32']).max() / np.abs(numbers['f32']).max()
    print(f'  asked for {hint}: {seen[hint]}, {seconds[hint] / seconds["f32"]:.1f} times the time, {away:.0e} from f32')
expected = {
    'as it is': dict(f32='f32', bf16='bf16', f16='bf16') | {None: 'bf16'} if has else None,
    'AVX512_CORE': dict(f32='f32', bf16='bf16', f16='f32') | {None: 'f32'},
    'AVX2': dict(f32='f32', bf16='f32', f16='f32') | {None: 'f32'},
}[sys.argv[1]]
if expected is None:
    print('  a CPU with units for bf16 shows the first part')
else:
    assert seen == expected, f'it was {expected}'
if sys.argv[1] == 'AVX512_CORE':
    assert not has and seconds['bf16'] > 1.5 * seconds['f32'], 'bf16 without units is as fast as f32 now'
PYTHON
"$folder/env/bin/python" "$folder/look.py" 'as it is'
for kind in AVX512_CORE AVX2; do
  if [ "$kind" = AVX2 ] || grep -q avx512bw /proc/cpuinfo; then
    OV_CPU_MAX_ISA=$kind ONEDNN_MAX_CPU_ISA=$kind "$folder/env/bin/python" "$folder/look.py" "$kind"
  fi
done

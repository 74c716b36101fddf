#!/usr/bin/env bash
# OpenVINO 2026.4 gives the thread that loads its CPU plugin another stack for signals, in place of Python's own.
#
# Guess: a library that computes networks leaves signals alone, and if it needs a larger alternate stack for them, it
# takes one only where the thread has none, or one that is smaller.
# Seen: where Python's faulthandler has set a stack of 16,880 bytes (pytest turns that on, as does python -X dev), the
# thread has one of OpenVINO's, of 11,568 bytes on a CPU with AVX-512, once a model is compiled, and Python's again when
# the last model and Core are gone. It is no trouble for one Core. A process that had made and dropped several died of
# a signal (SIGSEGV) when a worker of its data loader ended.
# What follows: one Core for the whole process, kept until it ends.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.2.6 openvino==2026.4.1
cat > "$folder/look.py" <<'PYTHON'
import ctypes
import faulthandler

import numpy as np
import openvino
from openvino import opset13 as ops


class Stack(ctypes.Structure):
    _fields_ = [('place', ctypes.c_void_p), ('flags', ctypes.c_int), ('size', ctypes.c_size_t)]


def stack(when):
    found = Stack()
    ctypes.CDLL(None).sigaltstack(None, ctypes.byref(found))
    print(f'{when}: {found.size} bytes')
    return found.place, found.size


pixels = ops.parameter([1, 3, 8, 8], np.float32)
model = openvino.Model([ops.relu(pixels)], [pixels])
faulthandler.enable()
own = stack('of Python')
core = openvino.Core()
made = stack('a Core is made')
compiled = core.compile_model(model, 'CPU')
taken = stack('a model is compiled')
del compiled, core
given_back = stack('both are gone')
assert own[0] and made == own, 'there was another stack before a model was compiled'
assert taken[0] != own[0] and taken[1] < own[1], 'OpenVINO leaves a larger stack alone now'
assert given_back == own, 'Python has not got its stack back'
PYTHON
"$folder/env/bin/python" "$folder/look.py"

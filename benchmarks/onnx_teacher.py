"""A teacher in torch, in OpenVINO and in onnxruntime: do their targets agree, and what does each cost?

RTMPose-m of random weights, 192x256, on noise, batches of 16. Each way is timed in turns with a student step
(RTMPose-s, forward and backward) behind it, since the threads of both want the same cores. What precisions lose is
measured with the quality benchmark's trained teachers (96x128 and 128x128).
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/onnx_teacher.py')
    parser.add_argument('--turns', type=int, default=7, help='how often each way is timed')
    parser.add_argument('--batch-size', type=int, default=16)
    parser.add_argument('--threads', type=int, help='threads of all ways; by default as many as there are cores')
    args = parser.parse_args()
    os.chdir(ROOT)
    import torch

    from benchmarks.quality.people import generate
    from benchmarks.quality.plan import DATA
    from benchmarks.speed.onnx_teacher import agreement, costs, precision

    try:
        if args.threads:
            torch.set_num_threads(args.threads)
        generate(DATA, 'train')
        with tempfile.TemporaryDirectory() as folder:
            print(agreement(Path(folder), args.batch_size), flush=True)
            print(precision(Path(folder)), flush=True)
            print(costs(Path(folder), args.batch_size, args.turns))
    except (ValueError, OSError, ImportError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()

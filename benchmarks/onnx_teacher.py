"""A teacher as MMPose's model and as its own ONNX file: do their targets agree, and what does each cost?

RTMPose-m of random weights, 192x256, on noise, batches of 16. Each way is timed in turns with a student step
(RTMPose-s, forward and backward) behind it, since the threads of both want the same cores.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/onnx_teacher.py')
    parser.add_argument('--turns', type=int, default=7, help='how often each way is timed')
    parser.add_argument('--batch-size', type=int, default=16)
    args = parser.parse_args()
    from benchmarks.speed.onnx_teacher import agreement, costs

    try:
        with tempfile.TemporaryDirectory() as folder:
            print(agreement(Path(folder), args.batch_size), flush=True)
            print(costs(Path(folder), args.batch_size, args.turns))
    except (ValueError, OSError, ImportError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()

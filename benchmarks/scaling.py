"""What training costs at full scale: storage, hours and bottlenecks, by arithmetic from measured costs of a sample.

Measured, by `benchmarks/throughput.py --json`: students, teachers and pipelines on CPUs. Assumed, and settable: what
GPUs and disks do.
"""

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/scaling.py --tflops 40')
    parser.add_argument(
        '--measures',
        type=Path,
        default=ROOT / 'benchmarks/results/throughput.json',
        metavar='FILE',
        help='what benchmarks/throughput.py --json wrote; default: benchmarks/results/throughput.json',
    )
    parser.add_argument('--tflops', type=float, default=15.0, help='what a GPU sustains in bf16; default: 15')
    parser.add_argument('--cores', type=int, default=16, help='CPU cores to each GPU; default: 16')
    parser.add_argument('--disk', type=float, default=1.0, help='GB/s read for each GPU; default: 1')
    args = parser.parse_args()
    os.chdir(ROOT)
    from benchmarks.speed.scaling import Machine, format_jobs

    try:
        measures = json.loads(args.measures.read_text())
        print(format_jobs(measures, Machine(args.tflops, args.cores, args.disk)))
    except (ValueError, OSError, KeyError) as error:
        parser.error(f'{args.measures}: {error}')


if __name__ == '__main__':
    main()

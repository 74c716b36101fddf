"""A rehearsal of full-size training: config, people and command are full size, the network only takes its time.

People are made for it: annotations of all, in few pictures. Measured are: samples a second that reach the network, CPU
of ranks and workers, open files, time to the first step, size of checkpoints; and, with small batches and a network
that takes no time, memory over thousands of steps. On Linux. Stopped, the same command goes on.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
OUT = ROOT / 'benchmarks' / 'results' / 'rehearsal.json'


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/rehearsal.py --people 5000 --json work_dirs/few.json'
    )
    parser.add_argument('--people', type=int, default=172_059, help='of COCO and MPII together; default: all')
    parser.add_argument('--pictures', type=int, default=600, help='of COCO, half as many of MPII; default: 600')
    parser.add_argument('--unit', type=int, default=256, help='people come in multiples of it; default: 256')
    parser.add_argument('--ways', nargs='+', choices=('images', 'stored'), default=['images', 'stored'])
    parser.add_argument('--processes', type=int, nargs='+', default=[1, 2], help='ranks; default: 1 2')
    parser.add_argument('--workers', type=int, default=10, help="of each rank; default: the config's 10")
    parser.add_argument('--batch-size', type=int, default=256, help="of each rank; default: the config's 256")
    parser.add_argument('--batches', type=int, default=20, help='that are measured on each rank; default: 20')
    parser.add_argument('--memory-batch', type=int, default=2, help='batch size of the run for memory; default: 2')
    parser.add_argument('--memory-steps', type=int, default=8000, help='its steps; default: 8000')
    parser.add_argument('--tflops', type=float, default=15.0, help='what a GPU sustains in bf16; default: 15')
    parser.add_argument('--step-ms', type=float, help='milliseconds of a step, in place of what --tflops says')
    parser.add_argument('--folder', type=Path, default=ROOT / 'data/rehearsal', help='for people (1.2 GB), who stay')
    parser.add_argument('--json', type=Path, default=OUT, help='file of rows; those in it are not measured again')
    args = parser.parse_args()
    least = min(args.people, args.pictures, args.unit, args.workers, args.batch_size, args.batches, args.memory_batch)
    if min(least, args.memory_steps, *args.processes) < 1:
        parser.error('all numbers must be at least 1')
    folder, out = args.folder.resolve(), args.json.resolve()
    os.chdir(ROOT)
    from benchmarks.rehearsed.plan import rehearse
    from benchmarks.rehearsed.report import format_rehearsal
    from unipose.console.mistakes import MISTAKES, error_message
    from unipose.files import check_writable

    try:
        check_writable(out)
        print(format_rehearsal(rehearse(args, folder, out)))
    except MISTAKES as error:
        parser.error(error_message(error))


if __name__ == '__main__':
    main()

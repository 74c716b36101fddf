"""How long training takes, as ratios of things timed in turns in one process: steps, data pipelines, whole epochs.

Students of RTMPose's size at 192x256 (width x height), RTMPose-m teachers with random weights, synthetic people.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PARTS = ('pipelines', 'storing', 'training', 'auto')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/throughput.py --json work_dirs/throughput.json'
    )
    parser.add_argument('--quick', action='store_true', help='fewer samples and turns, RTMPose-t alone (5 minutes)')
    parser.add_argument('--parts', nargs='+', choices=PARTS, default=PARTS, help='what is measured; default: all')
    parser.add_argument(
        '--json', type=Path, metavar='FILE', help='write the numbers there, part by part; what it has of others stays'
    )
    parser.add_argument('--batch-size', type=int, help='samples of a step')
    parser.add_argument('--workers', type=int, help='processes that prepare samples in whole epochs')
    parser.add_argument('--peak-memory', nargs=2, help=argparse.SUPPRESS)  # size and name, in a process of its own
    args = parser.parse_args()
    os.chdir(ROOT)
    from benchmarks.speed.measure import FULL, QUICK, measure, peak_memory
    from benchmarks.speed.report import format_measures
    from unipose.files import check_writable, read_json, write_json

    given = {key: value for key in ('batch_size', 'workers') if (value := getattr(args, key))}
    scale = dataclasses.replace(QUICK if args.quick else FULL, **given)
    if args.peak_memory:
        print(json.dumps(peak_memory(scale, *args.peak_memory)))
        return
    try:
        if args.json:
            check_writable(args.json)
        others = read_json(args.json) if args.json and args.json.is_file() else {}
        for measures in measure(scale, lambda *run: _in_a_process(args, run), args.parts):
            if args.json:
                write_json(args.json, others | measures)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(format_measures(measures))


def _in_a_process(args: argparse.Namespace, run: tuple[str, str]) -> float:
    command = [sys.executable, __file__, *['--quick'] * args.quick, '--peak-memory', *run]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


if __name__ == '__main__':
    main()

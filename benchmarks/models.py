"""The models that the first sources train, evaluate and run: what each is here, what it costs, and what it scored.

Parameters, operations and frames a second are measured, on the CPU, with random weights; a frame has one person, whose
box is given, and counts from its pixels to keypoints in its pixels. Published scores are read from MMPose's metafiles.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
RESULTS = ROOT / 'benchmarks' / 'results' / 'models.json'
PAGE = ROOT / 'docs' / 'models.md'


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="example: python benchmarks/models.py --only 'HRNet-w48, UDP + PSA' --page"
    )
    parser.add_argument('--only', nargs='*', metavar='MODEL', help='measure these anew, or none; default: all')
    parser.add_argument('--repeats', type=int, default=30, help='frames of each (default: 30)')
    parser.add_argument('--json', type=Path, default=RESULTS, help='numbers (default: benchmarks/results/models.json)')
    parser.add_argument('--page', action='store_true', help='write the tables into docs/models.md')
    args = parser.parse_args()
    file = args.json.resolve()
    os.chdir(ROOT)
    from benchmarks.page import write_between
    from benchmarks.sources.measure import measure
    from benchmarks.sources.models import MODELS
    from benchmarks.sources.table import tables
    from unipose.console.mistakes import MISTAKES, error_message
    from unipose.files import check_writable, write_json

    titles = [model.title for model in MODELS]
    unknown = sorted(set(args.only or ()) - set(titles))
    if unknown:
        parser.error(f'unknown {unknown}; known: {titles}')
    load = busy_cores()
    try:
        check_writable(file)
        measured = json.loads(file.read_text()) if file.is_file() else {}
        for model in MODELS:
            if args.only is None or model.title in args.only:
                print(model.title, flush=True)
                measured[model.title] = dict(measure(model.config, args.repeats), load=load)
                write_json(file, measured)
        text = tables(MODELS, measured)
        print(text)
        if args.page:
            write_between(PAGE, 'models', 'benchmarks/models.py --page', text)
    except MISTAKES as error:
        parser.error(error_message(error))


def busy_cores() -> float:
    """How many cores other programs keep busy, over a second; where Linux does not say, how many want to run."""
    stat = Path('/proc/stat')
    if not stat.is_file():
        return os.getloadavg()[0]
    before, begin = stat.read_text().split('\n', 1)[0].split()[1:], time.perf_counter()
    time.sleep(1)
    after, seconds = stat.read_text().split('\n', 1)[0].split()[1:], time.perf_counter() - begin
    user, nice, system, _, _, irq, softirq, *_ = (int(new) - int(old) for new, old in zip(after, before))
    return (user + nice + system + irq + softirq) / os.sysconf('SC_CLK_TCK') / seconds


if __name__ == '__main__':
    main()

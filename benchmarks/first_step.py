"""What `unipose train` takes until its first step on as many people as COCO and MPII have: CPU seconds and memory.

CPU time is user's and system's, which other work on the machine changes little. People are those of
benchmarks/rehearsal.py, the network is its stand-in with the weights of student and teachers; validation is left out.
On Linux.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
IMPORTS = 'import unipose.registration'
READING = """
from mmengine.config import Config
from mmpose.registry import DATASETS
dataset = DATASETS.build(dict(Config.fromfile({!r}).train_dataloader.dataset, _scope_='mmpose'))
"""
TOLD = """
import json, os, resource
from benchmarks.rehearsed.processes import cpu_seconds, memory_mb
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
print(json.dumps(dict(memory_mb(os.getpid()), cpu=cpu_seconds(os.getpid()), most=most)))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/first_step.py --people 5000 --repeats 1'
    )
    parser.add_argument('--people', type=int, default=172_059, help='of COCO and MPII together; default: all')
    parser.add_argument('--workers', type=int, default=2, help='default: 2')
    parser.add_argument('--batch-size', type=int, default=8, help='default: 8')
    parser.add_argument('--repeats', type=int, default=3, help='the median of so many (default: 3)')
    parser.add_argument('--folder', type=Path, default=ROOT / 'data/first_step', help='for people (0.4 GB), who stay')
    args = parser.parse_args()
    folder, work_dir = args.folder.resolve(), ROOT / 'work_dirs/first_step'
    os.chdir(ROOT)
    from benchmarks.rehearsed.people import make_people
    from benchmarks.rehearsed.runs import Run, prepare

    people = make_people(folder, args.people, pictures=100, unit=32)
    run = Run('images', processes=1, workers=args.workers, batch_size=args.batch_size, steps=1, step_ms=0.0)
    taken: dict[str, list[dict[str, float]]] = {}
    for _ in range(args.repeats):
        config = prepare(run, people, 1, work_dir)
        python('tools/train.py', config)
        [look] = json.loads((work_dir / 'rank0.json').read_text())['looks']
        parts = {
            'packages imported': json.loads(python('-c', IMPORTS + TOLD)),
            'annotations read': json.loads(python('-c', IMPORTS + READING.format(str(config)) + TOLD).split('\n')[-2]),
            'first step done': look['main'],
            **{f'its worker {number}': facts for number, facts in enumerate(look['workers'])},
        }
        for part, facts in parts.items():
            taken.setdefault(part, []).append(facts)
    print(f'{"until":18} {"CPU s":>6} {"RSS MB":>7} {"PSS MB":>7} {"its own MB":>10} {"most MB":>8}')
    for part, rows in taken.items():
        cpu, rss, pss, own, most = (
            median(row.get(kind, 0) for row in rows) for kind in ('cpu', 'rss', 'pss', 'own', 'most')
        )
        print(f'{part:18} {cpu:6.1f} {rss:7.0f} {pss:7.0f} {own:10.0f} {round(most) or "":>8}')


def python(*arguments: object) -> str:
    """Runs Python to its end; returns what it prints."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1', CUDA_VISIBLE_DEVICES='')
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


if __name__ == '__main__':
    main()

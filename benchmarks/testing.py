"""How long `unipose test` takes with flip test, as it was and is, timed in turns in one process, with the same scores.

Students of RTMPose's size with random weights, synthetic people. `before`: the C library returns what is free, and each
person's picture is decoded; `after`: as it is.
"""

import argparse
import contextlib
import io
import json
import logging
import os
import sys
from pathlib import Path
from statistics import median
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/testing.py --json work_dirs/testing.json'
    )
    parser.add_argument('--sizes', nargs='+', default=['tiny', 'small'], choices=['tiny', 'small'])
    parser.add_argument('--images', type=int, default=84, help='COCO-style images, of about two people each')
    parser.add_argument('--turns', type=int, default=5, help='how often each is timed')
    parser.add_argument('--threads', type=int, help='of the network; default: as many as there are cores')
    parser.add_argument('--json', type=Path, metavar='FILE', help='also write the numbers there')
    args = parser.parse_args()
    os.chdir(ROOT)
    from unipose.files import check_writable, write_json

    if args.json:
        check_writable(args.json)
    measures = measure(args.sizes, args.images, args.turns, args.threads)
    for size, ratio in measures['test_speedup'].items():
        before, after = (measures['test_ms'][size][name] for name in ('before', 'after'))
        print(f'{size}: {before:.1f} ms a person before, {after:.1f} after, {ratio:.2f} times as fast; the same scores')
    if args.json:
        write_json(args.json, measures)


def measure(sizes: list[str], images: int, turns: int, threads: int | None) -> dict[str, dict]:
    """By size, ``test_ms`` of a person before and after, and ``test_speedup``, the median over turns.

    Raises:
        ValueError: If scores or predictions are not the same to the last digit.
    """
    import torch

    from benchmarks.speed.setting import random_student, test_config
    from unipose.commands.speed.alternating import ratio, seconds_of
    from unipose.evaluation import evaluate

    logging.disable(logging.INFO)
    torch.set_num_threads(threads or torch.get_num_threads())
    found: dict[str, dict] = dict(test_ms={}, test_speedup={})
    for size in sizes:
        after = test_config(size, images)
        before = after.copy()
        before.test_dataloader.dataset.pipeline[0].keep = False
        student, made = random_student(after), {}

        def before_(config=before, student=student, made=made):
            with patch.object(evaluate, 'memory_kept', contextlib.nullcontext):
                made['before'] = _evaluated(config, student)

        def after_(config=after, student=student, made=made):
            made['after'] = _evaluated(config, student)

        taken = seconds_of(dict(before=before_, after=after_), turns, size)
        if json.dumps(made['before']) != json.dumps(made['after']):
            raise ValueError(f'{size}: scores or predictions are not the same')
        people = len(made['after'][1]['predictions'])
        found['test_ms'][size] = {name: 1000 * median(seconds) / people for name, seconds in taken.items()}
        found['test_speedup'][size] = ratio(taken, 'before', 'after')
    return found


def _evaluated(config, student) -> tuple[dict, dict]:
    """What is written to metrics.json, and to the file of ``--dump``."""
    from unipose.evaluation.evaluate import evaluate_checkpoint

    with contextlib.redirect_stderr(io.StringIO()):  # a progress bar
        evaluation = evaluate_checkpoint(config, student)
    return evaluation.scores(), evaluation.dump()


if __name__ == '__main__':
    main()

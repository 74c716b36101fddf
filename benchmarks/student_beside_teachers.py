"""Frames a second of the student that comes along, beside those of its teachers: one person each, networks alone.

Files are run by onnxruntime on noise, in turns. Nothing is counted of what is around a network: cutting out, decoding.
"""

import argparse
import sys
from functools import partial
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TEACHERS = {
    'MoveNet Thunder': ('movenet-thunder-coco17.onnx', ('heatmaps',)),
    'EfficientPose-II-Lite': ('efficientpose-ii-lite-mpii16.onnx', ('heatmaps',)),
}
"""By name the file, and those of its outputs that are read."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/student_beside_teachers.py teachers --threads 1'
    )
    parser.add_argument('teachers', type=Path, help='folder of the ONNX files that teachers/README.md names')
    parser.add_argument('--student', type=Path, help='another exported student (.onnx)')
    parser.add_argument('--threads', type=int, default=0, help='of each network; default: as many as there are cores')
    parser.add_argument('--turns', type=int, default=30, help='how often each is timed')
    args = parser.parse_args()
    from unipose.commands.speed.alternating import ratio
    from unipose.student import default_student

    files = {
        'student': args.student or default_student(),
        **{name: args.teachers / file for name, (file, _) in TEACHERS.items()},
    }
    try:
        seconds = timed(files, args.threads, args.turns)
    except (ValueError, OSError, ImportError) as error:
        parser.error(str(error))
    print("| network | frames a second | time, of the student's |\n| --- | ---: | ---: |")
    for name, own in seconds.items():
        print(f'| {name} | {1 / median(own):.1f} | {ratio(seconds, name, "student"):.1f} |')


def timed(files: dict[str, Path], threads: int, turns: int) -> dict[str, list[float]]:
    """Seconds of each network for one image of noise, in turns."""
    import numpy as np

    from unipose.commands.speed.alternating import seconds_of
    from unipose.files.onnx.session import open_session

    runs = {}
    for name, file in files.items():
        session = open_session(file, threads)
        (given,) = session.get_inputs()
        image = np.random.default_rng(0).normal(size=(1, *given.shape[1:])).astype(np.float32)
        outputs = list(TEACHERS[name][1]) if name in TEACHERS else None
        runs[name] = partial(session.run, outputs, {given.name: image})
    return seconds_of(runs, turns)


if __name__ == '__main__':
    main()

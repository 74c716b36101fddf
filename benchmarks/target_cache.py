"""What storing teacher targets takes and keeps: bytes against precision, and seconds against running the teachers.

Precision, and what it makes that a GPU changes colours in floats and a CPU in 8 bits: the quality benchmark's trained
teachers (96x128) on augmented training views. Time: RTMPose-m teachers with
random weights at full size (student 192x256), batches of 16, from prepared crops.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/target_cache.py')
    parser.add_argument('--turns', type=int, default=7, help='how often each thing is timed')
    args = parser.parse_args()
    os.chdir(ROOT)
    from benchmarks.quality.people import generate
    from benchmarks.quality.plan import DATA
    from benchmarks.speed.colours import distances, format_distances
    from benchmarks.speed.storing import format_sizes, format_times, sizes, times

    try:
        generate(DATA, 'train')
        print(format_sizes(sizes()), flush=True)
        print(format_distances(distances()), flush=True)
        print(format_times(times('small', images=56, turns=args.turns)))
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()

"""How long deformable convolution takes without mmcv's compiled operators, beside an ordinary convolution, in turns.

As in DEKR-w32's head: 255 channels in 17 groups, each with offsets of its own, 3x3, on 128x128 features of one picture.
"""

import argparse
import sys
from functools import partial
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/deform_conv.py --turns 15')
    parser.add_argument('--turns', type=int, default=15, help='how often each is timed')
    parser.add_argument('--size', type=int, default=128, help='pixels of a side of the features')
    args = parser.parse_args()
    if min(args.turns, args.size) < 1:
        parser.error(f'--turns and --size must be at least 1. Got: {args.turns} and {args.size}')
    print(measure(args.turns, args.size))


def measure(turns: int, size: int) -> str:
    """A line for inference, and one for a training step, forward and backward.

    Args:
        turns: How often each is timed.
        size: Pixels of a side of the features.
    """
    import torch
    from torch.nn.functional import conv2d

    from unipose.commands.speed.alternating import ratio, seconds_of
    from unipose.compat.deform_conv import deform_conv2d

    joints, channels = 17, 15 * 17
    torch.manual_seed(0)
    inputs = torch.randn(1, channels, size, size)
    weight = torch.randn(channels, channels // joints, 3, 3) / 12
    offset = torch.randn(1, joints * 18, size, size)
    ways = {
        'ordinary': lambda: conv2d(inputs, weight, padding=1, groups=joints),
        'deformable': lambda: deform_conv2d(inputs, offset, weight, padding=(1, 1)),
    }

    def step(way):
        way().square().sum().backward()

    def without_gradients(way):
        with torch.no_grad():
            way()

    lines = []
    for name, call in (('inference', without_gradients), ('forward and backward', step)):
        for tensor in (inputs, weight, offset):
            tensor.requires_grad_(call is step)
        laps = seconds_of({way: partial(call, run) for way, run in ways.items()}, turns, name)
        seconds = ', '.join(f'{way} {1000 * median(lap):.1f} ms' for way, lap in laps.items())
        lines.append(f'{name}: {seconds}, {ratio(laps, "deformable", "ordinary"):.1f} times as long')
    return '\n'.join(lines)


if __name__ == '__main__':
    main()

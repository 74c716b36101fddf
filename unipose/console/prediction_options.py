"""What is read, drawn and written where people are predicted: the options of :class:`unipose.people.prediction_run`."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser, vis_out_dir: Path | None = None) -> None:
    """Adds the options; ``--vis-out-dir`` is required without a default."""
    add = parser.add_argument
    add(
        'input',
        nargs='+',
        help='images, videos, folders of them and patterns; the number of a webcam, the URL of a stream',
    )
    default = f' (default: {vis_out_dir})' if vis_out_dir else ''
    drawn = dict(type=Path, default=vis_out_dir, required=vis_out_dir is None)
    add('--vis-out-dir', help=f'folder for the drawn images and videos{default}', **drawn)
    add('--pred-out-dir', type=Path, help='folder for one JSON file per image, or one JSON line per frame')
    add('--coco-out', type=Path, metavar='FILE', help="all predictions as COCO's keypoint results (JSON)")
    add('--csv-out', type=Path, metavar='FILE', help='all predictions as a table, a line for each keypoint')
    add('--kpt-thr', type=float, default=0.5, help='least score of a keypoint that is drawn (default: 0.5)')
    add('--radius', type=float, help='of keypoints, pixels; default: in proportion to the person')
    add('--thickness', type=float, help='of links, pixels; default: in proportion to the person')
    add('--show', action='store_true', help='also show the pictures on the screen; q or Escape ends')
    add('--track', action='store_true', help='tell the people of a video apart: each has an id, drawn and written')
    add(
        '--det-every',
        type=int,
        default=1,
        metavar='N',
        help='search every N-th frame of a video, and go by keypoints between; who is lost is searched for at once '
        '(default: 1)',
    )
    add('--smooth', action='store_true', help="steady videos' keypoints (One-Euro filter)")

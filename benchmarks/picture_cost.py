"""Seconds and memory that a model of whole pictures takes for one, with reading it; weights are random.

Each way is measured in a process of its own, since memory is that of its fullest moment.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python benchmarks/picture_cost.py photos --config configs/dekr_hrnet-w32_coco-512x512.py',
    )
    parser.add_argument('images', help='folder of pictures')
    parser.add_argument('--config', default='configs/dekr_hrnet-w32_coco-512x512.py')
    parser.add_argument('--pictures', type=int, default=5, help='how many are timed, after one that is not')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--flip-test', action=argparse.BooleanOptionalAction, help='this way alone, in this process')
    args = parser.parse_args()
    if args.flip_test is not None:
        print(measure(args))
        return
    for option in ('--no-flip-test', '--flip-test'):
        subprocess.run([sys.executable, *sys.argv, option], check=True)


def measure(args: argparse.Namespace) -> str:
    """One line: how long pictures took, and how much memory the process had at its fullest."""
    import tempfile

    import torch

    import unipose.registration  # noqa: F401

    # isort: split
    from mmengine.config import Config
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    from unipose.checkpoints.build_model import build_model
    from unipose.inference import PictureInferencer
    from unipose.skeletons import load_skeleton

    torch.set_num_threads(args.threads)
    config = Config.fromfile(args.config)
    meta = dict(dataset_meta=parse_pose_metainfo(load_skeleton('coco').to_metainfo()))
    with tempfile.NamedTemporaryFile(suffix='.pth') as file:
        torch.save(dict(state_dict=build_model(config).state_dict(), meta=meta), file.name)
        inferencer = PictureInferencer(config, file.name, flip_test=args.flip_test)
    pictures = sorted(path for path in Path(args.images).iterdir() if path.suffix == '.jpg')[: args.pictures + 1]
    seconds = []
    for picture in pictures:
        began = time.perf_counter()
        inferencer(picture)
        seconds.append(time.perf_counter() - began)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    way = 'flip test' if args.flip_test else 'one look'
    return f'{Path(args.config).stem}, {way}: {median(seconds[1:]):.2f} s a picture, {megabytes:.0f} MB at most'


if __name__ == '__main__':
    main()

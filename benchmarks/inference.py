"""What a frame of people takes, from pixels to keypoints, as ratios of things timed in turns in one process.

torch, unipose.runtime and rtmlib run the same networks, of RTMPose's sizes, with random weights, which are as fast. The
boxes are given; with --det-model each frame is searched for people too. Also: the time until the first frame is done in
a new process, and memory over 1,000 frames.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

EXAMPLE = 'example: python benchmarks/inference.py --det-model rtmdet.onnx --json work_dirs/inference.json'
CONFIGS = dict(demo='configs/demo/distill.py', t='configs/distill_tiny.py', s='configs/distill_small.py')
FRAME = 720, 1280  # height, width
FRAMES = 1000
STARTED = """
import time; begin = time.perf_counter()
import numpy as np
frame, boxes = np.zeros((720, 1280, 3), np.uint8), [[300, 100, 500, 600]]
{code}
print(time.perf_counter() - begin)
"""
START = dict(
    unipose='from unipose.runtime import OnnxPoseEstimator as Pose; Pose({file!r})(frame, boxes)',
    rtmlib='from rtmlib import RTMPose as Pose; Pose({file!r}, {size})(frame, boxes)',
    torch='from unipose.inference import PoseInferencer as Pose; Pose({config!r}, {checkpoint!r})(frame, boxes)',
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    parser.add_argument('--models', nargs='+', choices=CONFIGS, default=list(CONFIGS), help='default: all')
    parser.add_argument('--persons', type=int, nargs='+', default=[1, 4, 16], metavar='N', help='default: 1 4 16')
    parser.add_argument('--repeats', type=int, default=15, help='frames of each (default: 15)')
    parser.add_argument('--det-model', type=Path, help='an exported RTMDet that takes 320x320 (.onnx)')
    parser.add_argument('--json', type=Path, metavar='FILE', help='also write the numbers there')
    args = parser.parse_args()
    if min(args.persons) < 1 or args.repeats < 1:
        parser.error('--persons and --repeats must be at least 1')
    detector = str(args.det_model.resolve()) if args.det_model else None
    out = args.json and args.json.resolve()
    os.chdir(ROOT)
    from unipose.console.mistakes import MISTAKES, error_message
    from unipose.files import check_writable, write_json

    try:
        if out:
            check_writable(out)
        with tempfile.TemporaryDirectory() as folder:
            measures = {name: measure(name, Path(folder), detector, args) for name in args.models}
    except (*MISTAKES, ImportError) as error:
        parser.error(error_message(error))
    print(format_measures(measures))
    if out:
        write_json(out, measures)


def measure(name: str, folder: Path, detector: str | None, args: argparse.Namespace) -> dict:
    """Times one network."""
    from rtmlib import RTMDet, RTMPose

    from unipose.commands.speed.alternating import ratio, seconds_of
    from unipose.inference import PoseInferencer
    from unipose.runtime import OnnxPersonDetector, OnnxPoseEstimator

    checkpoint, files = write_networks(name, folder)
    generator = np.random.default_rng(0)
    frame = generator.integers(0, 256, (*FRAME, 3), np.uint8)
    torch_model = PoseInferencer(CONFIGS[name], checkpoint, flip_test=False)
    ours = {kind: OnnxPoseEstimator(file) for kind, file in files.items()}
    theirs = {kind: RTMPose(str(file), ours[kind].input_size) for kind, file in files.items()}
    our_search = OnnxPersonDetector(detector, (320, 320)) if detector else lambda _: None
    their_search = RTMDet(detector, (320, 320)) if detector else lambda _: None
    found: dict = dict(frames={}, bytes={kind: file.stat().st_size for kind, file in files.items()})
    for count in args.persons:
        lefts, tops = generator.uniform(0, 1000, count), generator.uniform(0, 200, count)
        boxes = np.stack([lefts, tops, lefts + 200, tops + 480], -1)
        things = dict(torch=partial(predict, our_search, torch_model, frame, boxes))
        for kind in files:
            things[f'unipose {kind}'] = partial(predict, our_search, ours[kind], frame, boxes)
            things[f'rtmlib {kind}'] = partial(predict, their_search, theirs[kind], frame, boxes)
        taken = seconds_of(things, args.repeats, f'{name}, {count} people', rest=0.1)
        found['frames'][count] = dict(
            seconds=taken,
            rtmlib_to_unipose={kind: ratio(taken, f'rtmlib {kind}', f'unipose {kind}') for kind in files},
            torch_to_unipose={kind: ratio(taken, 'torch', f'unipose {kind}') for kind in files},
        )
    given = dict(file=str(files['fp32']), size=ours['fp32'].input_size, config=CONFIGS[name])
    found['start'] = {who: started(code.format(**given, checkpoint=str(checkpoint))) for who, code in START.items()}
    found['memory'] = memory(partial(predict, our_search, ours['fp32'], frame, boxes))
    return found


def predict(search: Callable, pose: Callable, frame: np.ndarray, boxes: np.ndarray) -> None:
    """Predicts a frame; the boxes are given, whoever is found."""
    search(frame)
    pose(frame, boxes)


def write_networks(name: str, folder: Path) -> tuple[Path, dict[str, Path]]:
    """Random weights of a config's student, as a checkpoint and as ONNX files."""
    import torch
    from mmengine.registry import init_default_scope
    from mmpose.datasets.datasets.utils import parse_pose_metainfo
    from mmpose.registry import MODELS

    import unipose.registration  # noqa: F401
    from unipose.commands.export.deployed_student import load_exportable
    from unipose.commands.export.onnx_file import write_onnx
    from unipose.commands.export.options import ExportOptions
    from unipose.distillers import plain_model_config
    from unipose.files.read_config import read_config
    from unipose.skeletons import load_skeleton

    init_default_scope('mmpose')
    config = read_config(CONFIGS[name])
    plain = plain_model_config(config.model)
    plain.backbone.pop('init_cfg', None)
    plain.head.pop('init_cfg', None)
    torch.manual_seed(0)
    meta = dict(cfg=config.pretty_text, dataset_meta=parse_pose_metainfo(load_skeleton('coco+mpii').to_metainfo()))
    checkpoint = folder / f'{name}.pth'
    torch.save(dict(state_dict=MODELS.build(plain).state_dict(), meta=meta), checkpoint)
    student = load_exportable(checkpoint)
    pixels = np.random.default_rng(0).integers(0, 256, (8, *student.input_size[::-1], 3), np.uint8)
    files = {}
    for kind, options in (('fp32', ExportOptions()), ('int8', ExportOptions(int8=pixels))):
        files[kind] = folder / f'{name}_{kind}.onnx'
        write_onnx(student, files[kind], options)
    return checkpoint, files


def started(code: str) -> float:
    """Seconds from the first import in a new process to keypoints; the second of two, when files are cached."""
    command = [sys.executable, '-c', STARTED.format(code=code)]
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    runs = [subprocess.run(command, check=True, capture_output=True, text=True, env=environment) for _ in range(2)]
    return float(runs[-1].stdout.splitlines()[-1])


def memory(run_frame: Callable[[], None]) -> dict:
    """This process's memory in MB before frames, after every fifth of them; frames per second."""
    page, sampled = os.sysconf('SC_PAGE_SIZE'), []
    begin = time.perf_counter()
    for number in range(FRAMES + 1):
        if number % (FRAMES // 5) == 0:
            sampled.append(round(int(Path('/proc/self/statm').read_text().split()[1]) * page / 1e6))
        run_frame()
    return dict(megabytes=sampled, frames_per_second=FRAMES / (time.perf_counter() - begin))


def format_measures(measures: dict) -> str:
    """Tables in Markdown."""
    who = ['torch', 'unipose fp32', 'unipose int8', 'rtmlib fp32', 'rtmlib int8']
    lines = [f'| network | people | {" | ".join(who)} | unipose to rtmlib |', f'| --- {"| ---: " * 6}| --- |']
    for name, found in measures.items():
        for count, frames in found['frames'].items():
            rates = [f'{1 / median(frames["seconds"][one]):.1f}' for one in who]
            ratios = ', '.join(f'{kind} {value:.2f}' for kind, value in frames['rtmlib_to_unipose'].items())
            lines.append(f'| {name} | {count} | {" | ".join(rates)} | {ratios} |')
    lines += ['', '| network | files | first frame after, s | memory over 1,000 frames, MB |', f'|{" --- |" * 4}']
    for name, found in measures.items():
        sizes = ', '.join(f'{kind} {size / 1e6:.1f} MB' for kind, size in found['bytes'].items())
        starts = ', '.join(f'{who} {seconds:.2f}' for who, seconds in found['start'].items())
        lines.append(f'| {name} | {sizes} | {starts} | {", ".join(map(str, found["memory"]["megabytes"]))} |')
    return '\n'.join(lines)


if __name__ == '__main__':
    main()

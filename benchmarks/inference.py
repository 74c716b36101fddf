"""What a frame of people takes, from pixels to keypoints, as ratios of things timed in turns in one process.

torch, unipose.runtime and rtmlib run the same networks, of RTMPose's sizes, with random weights, which are as fast: in
onnxruntime, and unipose in bf16 in OpenVINO, where that is installed and the CPU has units for it. The boxes are given;
with --det-model each frame is searched for people too; --before adds unipose.runtime of a commit, in a process
of its own. Also: how far bf16 moves the keypoints of the student that comes along, the time until the first frame is
done in a new process, and memory over 3,000 frames of 1 to 16 people.
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

from benchmarks.resident_memory import resident_megabytes  # noqa: E402
from benchmarks.speed.earlier_build import EarlierBuild  # noqa: E402

EXAMPLE = (
    'example: python benchmarks/inference.py --det-model rtmdet.onnx --before HEAD --json work_dirs/inference.json'
)
CONFIGS = dict(demo='configs/demo/distill.py', t='configs/distill_tiny.py', s='configs/distill_small.py')
FRAME = 720, 1280  # height, width
FRAMES, MOST = 3000, 16
PHOTOS = [ROOT / 'docs/images' / name for name in ('astronaut.jpg', 'camera.jpg')]
LEAST_SCORE = 0.3
STARTED = """
import time; begin = time.perf_counter()
import numpy as np
frame, boxes = np.zeros((720, 1280, 3), np.uint8), [[300, 100, 500, 600]]
{code}
print(time.perf_counter() - begin)
"""
START = dict(
    unipose='from unipose.runtime import OnnxPoseEstimator as Pose; Pose({file!r})(frame, boxes)',
    openvino='from unipose.runtime import OnnxPoseEstimator as Pose; Pose({file!r}, backend="openvino")(frame, boxes)',
    rtmlib='from rtmlib import RTMPose as Pose; Pose({file!r}, {size})(frame, boxes)',
    torch='from unipose.inference import PoseInferencer as Pose; Pose({config!r}, {checkpoint!r})(frame, boxes)',
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    parser.add_argument('--models', nargs='+', choices=CONFIGS, default=list(CONFIGS), help='default: all')
    parser.add_argument('--persons', type=int, nargs='+', default=[1, 4, 16], metavar='N', help='default: 1 4 16')
    parser.add_argument('--repeats', type=int, default=15, help='frames of each (default: 15)')
    parser.add_argument('--det-model', type=Path, help='an exported RTMDet that takes 320x320 (.onnx)')
    parser.add_argument('--before', metavar='COMMIT', help='of this clone: how many times as fast it is now')
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
            measures = {name: measure(name, Path(folder, name), detector, args) for name in args.models}
            moved = moved_by_bf16()
    except (*MISTAKES, ImportError) as error:
        parser.error(error_message(error))
    print(format_measures(measures, moved))
    if out:
        write_json(out, dict(**measures, **ratios(measures), moved=moved))


def measure(name: str, folder: Path, detector: str | None, args: argparse.Namespace) -> dict:
    """Times one network."""
    from rtmlib import RTMDet, RTMPose

    from unipose.commands.speed.alternating import ratio, seconds_of
    from unipose.inference import PoseInferencer
    from unipose.runtime import OnnxPersonDetector, OnnxPoseEstimator

    folder.mkdir()
    checkpoint, files = write_networks(name, folder)
    generator = np.random.default_rng(0)
    frame = generator.integers(0, 256, (*FRAME, 3), np.uint8)
    torch_model = PoseInferencer(CONFIGS[name], checkpoint, flip_test=False)
    ours = {kind: OnnxPoseEstimator(file) for kind, file in files.items()}
    fastest = OnnxPoseEstimator(files['fp32'], backend='auto')
    if fastest.backend.endswith('bf16'):
        ours['bf16'] = fastest
    else:
        print(f'no rows of bf16: {fastest.backend}')
    theirs = {kind: RTMPose(str(file), ours[kind].input_size) for kind, file in files.items()}
    our_search = OnnxPersonDetector(detector, (320, 320)) if detector else lambda _: None
    their_search = RTMDet(detector, (320, 320)) if detector else lambda _: None
    before = args.before and EarlierBuild(args.before, folder, files, detector, frame)
    found: dict = dict(frames={}, bytes={kind: file.stat().st_size for kind, file in files.items()})
    for count in args.persons:
        lefts, tops = generator.uniform(0, 1000, count), generator.uniform(0, 200, count)
        boxes = np.stack([lefts, tops, lefts + 200, tops + 480], -1)
        things = dict(torch=partial(predict, our_search, torch_model, frame, boxes))
        for kind in ours:
            things[f'unipose {kind}'] = partial(predict, our_search, ours[kind], frame, boxes)
            if kind in files:
                things[f'rtmlib {kind}'] = partial(predict, their_search, theirs[kind], frame, boxes)
            if kind in files and before:
                things[f'before {kind}'] = partial(before, kind, boxes)
        taken = seconds_of(things, args.repeats, f'{name}, {count} people', rest=0.1)
        found['frames'][count] = dict(
            seconds=taken,
            **{
                f'{who}_to_unipose': {kind: ratio(taken, same_file(who, kind), f'unipose {kind}') for kind in ours}
                for who in ('rtmlib', 'torch', 'before')
                if same_file(who, 'fp32') in taken
            },
        )
    if before:
        before.close()
    given = dict(file=str(files['fp32']), size=ours['fp32'].input_size, config=CONFIGS[name])
    found['start'] = {who: started(code.format(**given, checkpoint=str(checkpoint))) for who, code in START.items()}
    corners = np.stack([np.linspace(0, 1000, MOST), np.linspace(0, 200, MOST)], -1)
    crowd = np.concatenate([corners, corners + (200, 480)], -1)
    found['memory'] = memory(lambda number: predict(our_search, fastest, frame, crowd[: 1 + number % MOST]))
    return found


def same_file(who: str, kind: str) -> str:
    """What somebody runs who has no bf16: the file that it is computed from."""
    return who if who == 'torch' else f'{who} {"fp32" if kind == "bf16" else kind}'


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


def moved_by_bf16() -> dict:
    """How far the keypoints of the student that comes along are from those in fp32, in pixels of its input."""
    import cv2

    from unipose.runtime import OnnxPoseEstimator
    from unipose.student import default_student

    exact, fast = (OnnxPoseEstimator(default_student(), backend=backend) for backend in ('onnxruntime', 'auto'))
    distances = []
    for path in PHOTOS:
        image, generator = cv2.imread(str(path)), np.random.default_rng(0)
        size = np.array(image.shape[1::-1])
        corners = [size * generator.uniform(*bounds, (50, 2)) for bounds in ((0, 0.3), (0.7, 1))]
        boxes = np.concatenate(corners, -1)
        (expected, sure), (found, scores) = exact(image, boxes), fast(image, boxes)
        shown = np.maximum(boxes[:, 3] - boxes[:, 1], (boxes[:, 2] - boxes[:, 0]) * 4 / 3) * 1.25  # pixels high
        away = np.linalg.norm(found - expected, axis=-1) * (exact.input_size[1] / shown)[:, None]
        distances.append(away[np.minimum(sure, scores) > LEAST_SCORE])
    away = np.concatenate(distances)
    return dict(backend=fast.backend, keypoints=len(away), mean=float(away.mean()), over_1=float((away > 1).mean()))


def ratios(measures: dict) -> dict:
    """How many times as fast as the commit before, and as rtmlib with the same file, the runtime is."""
    who = dict(speedup='before_to_unipose', to_rtmlib='rtmlib_to_unipose')
    return {
        key: {
            name: {
                count: {'f32' if kind == 'fp32' else kind: value for kind, value in frames.get(ratio, {}).items()}
                for count, frames in found['frames'].items()
            }
            for name, found in measures.items()
        }
        for key, ratio in who.items()
    }


def memory(run_frame: Callable[[int], None]) -> dict:
    """This process's memory in MB before frames, after every fifth of them; frames per second."""
    sampled, begin = [], time.perf_counter()
    for number in range(FRAMES + 1):
        if number % (FRAMES // 5) == 0:
            sampled.append(resident_megabytes())
        run_frame(number)
    return dict(megabytes=sampled, frames_per_second=FRAMES / (time.perf_counter() - begin))


def format_measures(measures: dict, moved: dict) -> str:
    """Tables in Markdown."""
    who = list(
        dict.fromkeys(one for found in measures.values() for one in next(iter(found['frames'].values()))['seconds'])
    )
    lines = [f'| network | people | {" | ".join(who)} |', f'| --- {"| ---: " * (len(who) + 1)}|']
    for name, found in measures.items():
        for count, frames in found['frames'].items():
            rates = [f'{1 / median(frames["seconds"][one]):.1f}' for one in who]
            lines.append(f'| {name} | {count} | {" | ".join(rates)} |')
    lines += ['', '| network | people | unipose to rtmlib | unipose to what it was |', '| --- | ---: | --- | --- |']
    for name, found in measures.items():
        for count, frames in found['frames'].items():
            told = [
                ', '.join(f'{kind} {value:.2f}' for kind, value in frames.get(f'{one}_to_unipose', {}).items())
                for one in ('rtmlib', 'before')
            ]
            lines.append(f'| {name} | {count} | {" | ".join(told)} |')
    lines += ['', f'| network | files | first frame after, s | memory over {FRAMES:,} frames, MB |', f'|{" --- |" * 4}']
    for name, found in measures.items():
        sizes = ', '.join(f'{kind} {size / 1e6:.1f} MB' for kind, size in found['bytes'].items())
        starts = ', '.join(f'{who} {seconds:.2f}' for who, seconds in found['start'].items())
        lines.append(f'| {name} | {sizes} | {starts} | {", ".join(map(str, found["memory"]["megabytes"]))} |')
    apart = f'{moved["mean"]:.3f} pixels of the input on average, {100 * moved["over_1"]:.2f}% more than 1'
    return '\n'.join([*lines, '', f'{moved["backend"]}: {moved["keypoints"]} keypoints, {apart}'])


if __name__ == '__main__':
    main()

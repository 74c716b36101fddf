"""Draw the skeletons that a student sees in images or a video, and write them as JSON."""

import argparse
import contextlib
import json
import math
import os
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

import unipose.inference as inference
from unipose.detectors import Detect, build_detector
from unipose.files import read_image, write_file
from unipose.skeletons import Skeleton
from unipose.visualization import draw_people
from unipose.visualization.panels import side_by_side

Models = dict[str, inference.PoseInferencer]
People = dict[str, Sequence[inference.Person]]
Results = list[inference.CocoResults | inference.KeypointTable]

STUDENT = 'student'
EXAMPLE = (
    'example: python tools/inferencer_demo.py photos --pose2d configs/distill_small.py '
    '--pose2d-weights work_dirs/distill_small/epoch_420.pth --vis-out-dir work_dirs/photos'
)


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    add = parser.add_argument
    add(
        'input',
        nargs='+',
        help='images, folders of images and patterns; or a video file, the number of a webcam or the URL of a stream',
    )
    add('--pose2d', required=True, metavar='CONFIG', help='config that the student was trained with')
    add('--pose2d-weights', required=True, metavar='CKPT', help='checkpoint, or exported student')
    add('--vis-out-dir', type=Path, required=True, help='folder for the drawn images or the video')
    add('--pred-out-dir', type=Path, help='folder for one JSON file per image, or one JSON line per frame')
    add('--coco-out', type=Path, metavar='FILE', help="all predictions as COCO's keypoint results (JSON)")
    add('--csv-out', type=Path, metavar='FILE', help='all predictions as a table, a line for each keypoint')
    add(
        '--det-model',
        metavar='CONFIG',
        help='MMDetection config, or an exported RTMDet (.onnx); without a detector the whole image is one box',
    )
    add('--det-weights', metavar='CKPT', help='weights of the detector; none for an .onnx file')
    add('--skeleton', help='keypoints to draw and write, e.g. coco; default: all that the checkpoint predicts')
    add('--kpt-thr', type=float, default=0.5, help='least score of a keypoint that is drawn (default: 0.5)')
    add('--radius', type=float, help='of keypoints, pixels; default: in proportion to the person')
    add('--thickness', type=float, help='of links, pixels; default: in proportion to the person')
    add('--compare', nargs='*', metavar='TEACHER', help="also draw the config's teachers (all, or these) beside it")
    add('--show', action='store_true', help='also show the pictures on the screen; q or Escape ends')
    add('--rescorer', metavar='FILE', help="file of tools/rescore.py that people's scores come from")
    add('--frames', type=int, default=8, help='frames of a video whose people are predicted together (default: 8)')
    add('--smooth', action='store_true', help="steady a video's keypoints (One-Euro filter)")
    add('--device', default='cpu', help='such as cpu or cuda:0 (default: cpu)')
    add('--flip-test', action=argparse.BooleanOptionalAction, help='average with the mirrored image; default: config')
    args = parser.parse_args()
    if any(size is not None and not 0 < size < math.inf for size in (args.radius, args.thickness)):
        parser.error('--radius and --thickness must be positive')
    if not math.isfinite(args.kpt_thr):
        parser.error('--kpt-thr must be a number')
    if args.frames < 1:
        parser.error('--frames must be at least 1')
    return args


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    args = parse_args(parser)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # of a bad file we say more
    os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')
    is_video = len(args.input) == 1 and inference.is_video(args.input[0])
    problems: list[str] = []
    try:
        if is_video:
            source = inference.VideoReader(args.input[0])
        else:
            source, problems = inference.list_inputs(args.input)
        detect = build_detector(args.det_model, args.det_weights, args.device)
        files = [Path(args.input[0])] if is_video else source
        for file in filter(None, (args.coco_out, args.csv_out)):
            inference.prepare_output_file(file, files)
        for folder in filter(None, (args.vis_out_dir, args.pred_out_dir)):
            inference.prepare_output_folder(folder, files)
        pose = inference.PoseInferencer(
            args.pose2d,
            args.pose2d_weights,
            args.device,
            args.flip_test,
            skeleton=args.skeleton,
            rescorer=args.rescorer,
        )
        models = {STUDENT: pose} | build_teachers(args)
        window = inference.Window() if args.show else None
        for problem in problems:
            print(f'skipped: {problem}', file=sys.stderr)
        with contextlib.ExitStack() as stack:
            results = [stack.enter_context(result) for result in open_results(args, pose.skeleton)]
            run = run_video if is_video else run_images
            return run(source, models, detect, results, window, args)
    except (ValueError, OSError, ImportError) as error:
        parser.error(str(error))


def build_teachers(args: argparse.Namespace) -> dict[str, inference.PoseInferencer]:
    """What is drawn beside the student."""
    if args.compare is None:
        return {}
    found = inference.teacher_inferencers(args.pose2d, args.compare, device=args.device, flip_test=args.flip_test)
    return {f'teacher {name}': teacher for name, teacher in found.items()}


def open_results(args: argparse.Namespace, skeleton: Skeleton) -> Results:
    """What gathers the predictions of all images."""
    results: Results = [inference.CocoResults(args.coco_out)] if args.coco_out else []
    return results + ([inference.KeypointTable(args.csv_out, skeleton)] if args.csv_out else [])


def run_images(
    images: list[Path],
    models: Models,
    detect: Detect | None,
    results: Results,
    window: inference.Window | None,
    args: argparse.Namespace,
) -> int:
    """Draws the people of images; returns 1 if none could be read."""
    people_found, done, failed = 0, 0, 0
    same_names = Counter(path.name for path in images)
    for path, stem in zip(tqdm(images, unit='image'), inference.output_stems(images)):
        try:
            image, name = read_image(path), path.name if same_names[path.name] == 1 else str(path)
            boxes = detect(image) if detect else ()
            found = {key: model(image, *boxes) for key, model in models.items()}
            people, drawn = found[STUDENT], draw(image, found, models, args)
            write_file(args.vis_out_dir / f'{stem}.jpg', cv2.imencode('.jpg', drawn)[1].tobytes())
            if args.pred_out_dir:
                content = inference.people_to_json(people, models[STUDENT].skeleton, name, image.shape)
                write_file(args.pred_out_dir / f'{stem}.json', content)
            for result in results:
                result.add(name, people)
            people_found, done = people_found + len(people), done + 1
            if window and not window.show(drawn, wait=0):
                break
        except (ValueError, OSError, cv2.error) as error:  # one bad file does not keep the others waiting
            tqdm.write(f'skipped: {error}', file=sys.stderr)
            failed += 1
    print(f'{done} of {len(images)} images, {people_found} people, {failed} skipped; pictures in {args.vis_out_dir}')
    return int(not done)


def run_video(
    video: inference.VideoReader,
    models: Models,
    detect: Detect | None,
    results: Results,
    window: inference.Window | None,
    args: argparse.Namespace,
) -> int:
    """Draws the people of a video, a few frames at a time; Ctrl-C ends a webcam's."""
    stem = Path(video.source).stem if Path(video.source).is_file() else 'stream'
    out, people_found, frames_done = args.vis_out_dir / f'{stem}.mp4', 0, 0
    frames, skeleton = iter(video), models[STUDENT].skeleton
    smooth = {name: inference.PeopleSmoother(video.fps) if args.smooth else list for name in models}
    empty = draw(np.zeros((*video.size[::-1], 3), np.uint8), dict.fromkeys(models, ()), models, args)
    with contextlib.ExitStack() as stack:
        writer = stack.enter_context(inference.VideoWriter(out, video.fps, (empty.shape[1], empty.shape[0])))
        lines = args.pred_out_dir and stack.enter_context(open(args.pred_out_dir / f'{stem}.jsonl', 'w'))
        if lines:
            size = dict(zip(('width', 'height'), video.size))
            lines.write(json.dumps(inference.describe(skeleton, video=video.source, fps=video.fps, **size)) + '\n')
        progress = stack.enter_context(tqdm(total=video.num_frames, unit='frame'))
        stack.enter_context(contextlib.suppress(KeyboardInterrupt))
        while batch := list(islice(frames, args.frames)):
            boxes = list(zip(*(detect(frame) if detect else (None, None) for frame in batch)))
            found = {name: model.predict_images(batch, *boxes) for name, model in models.items()}
            for number, frame in enumerate(batch):
                of_frame = {name: smooth[name](people[number]) for name, people in found.items()}
                people, drawn = of_frame[STUDENT], draw(frame, of_frame, models, args)
                writer.write(drawn)
                if lines:
                    lines.write(inference.frame_to_json(people, frames_done) + '\n')
                for result in results:
                    result.add(str(frames_done), people)
                people_found, frames_done = people_found + len(people), frames_done + 1
                if window and not window.show(drawn, wait=1):
                    raise KeyboardInterrupt
            progress.update(len(batch))
    rate = frames_done / progress.format_dict['elapsed']  # tqdm's own is that of the last frames
    print(f'{frames_done} frames at {rate:.1f} a second, {people_found} people; {out}')
    return 0


def draw(image: np.ndarray, found: People, models: Models, args: argparse.Namespace) -> np.ndarray:
    """The image with its people's skeletons; of several models, a labelled panel each."""
    sizes = args.kpt_thr, args.radius, args.thickness
    pictures = {name: draw_people(image, people, models[name].skeleton, *sizes) for name, people in found.items()}
    return side_by_side(pictures)


if __name__ == '__main__':
    sys.exit(main())

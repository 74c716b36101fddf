"""People through a video: the detector on some of the frames, threads, identities and memory.

Rendered people walk, cross, turn back, leave and return; a student and a detector look at them, which must be able to
see them: the student that comes along and RTMDet-nano do. Speed is of 4 people's frames in memory, as ratios of things
timed in turns in one process; rtmlib's PoseTracker runs the same files, with its tracking and without, the faster of
which counts, and detects as often. OKS is of the keypoints to those that detecting on every frame gives. Identities are
told of a stand-in detector, whose boxes are the true ones, inexact and with misses, and of the detector itself; the
keypoints are the student's.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.resident_memory import resident_megabytes  # noqa: E402
from benchmarks.walkers import film  # noqa: E402
from benchmarks.walkers.identities import scores, trackers  # noqa: E402
from benchmarks.walkers.stand_in import find  # noqa: E402
from unipose.commands.speed.alternating import ratio, seconds_of  # noqa: E402
from unipose.console.mistakes import MISTAKES, error_message  # noqa: E402
from unipose.files import check_writable, write_json  # noqa: E402
from unipose.media import VideoWriter  # noqa: E402
from unipose.people import BoxFollower, Person, prediction_run  # noqa: E402
from unipose.people.pairs import overlaps  # noqa: E402
from unipose.runtime import OnnxInferencer, OnnxPersonDetector  # noqa: E402
from unipose.skeletons.oks import oks  # noqa: E402
from unipose.student import default_student  # noqa: E402

EXAMPLE = 'example: python benchmarks/video.py --det-model rtmdet.onnx --json work_dirs/video.json'
SIZE, HEIGHT = (1280, 720), 480  # of the picture, pixels; of a person who is near
SMALL, SMALL_HEIGHT = (960, 540), 360  # of the films that identities are told of
FILM, FIRST_FILM = 125, 100  # frames of each; others were looked at while the tracker was made
ALL_INSIDE = 'turning'  # the film that nobody leaves
SAMPLES = 6  # of the memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    parser.add_argument('--model', default=str(default_student()), help='default: the student that comes along')
    parser.add_argument('--det-model', required=True, metavar='ONNX', help='an exported RTMDet, of any input size')
    parser.add_argument('--parts', nargs='+', choices=PARTS, default=list(PARTS), help='default: all')
    parser.add_argument('--det-size', type=int, nargs='+', default=[320, 640], metavar='N', help='default: 320 640')
    parser.add_argument('--every', type=int, nargs='+', default=[2, 5, 10], metavar='N', help='default: 2 5 10')
    parser.add_argument('--frames', type=int, default=50, help='of a film that is timed (default: 50)')
    parser.add_argument('--repeats', type=int, default=5, help='turns of each (default: 5)')
    parser.add_argument('--films', type=int, default=3, help='of each kind, for identities (default: 3)')
    parser.add_argument('--memory-frames', type=int, default=3000, help='default: 3000')
    parser.add_argument('--json', type=Path, metavar='FILE', help='also write the numbers there')
    args = parser.parse_args()
    try:
        if args.json:
            check_writable(args.json)
        found = {part: PARTS[part](args) for part in args.parts}
    except (*MISTAKES, ImportError) as error:
        parser.error(error_message(error))
    print(format_measures(found))
    if args.json:
        write_json(args.json, found)


def frames_of(kind: str, seed: int, frames: int, size: tuple[int, int] = SIZE, height: int = HEIGHT) -> Iterator:
    """A film of a kind: pictures, and who is where in them."""
    return film.play(film.walkers(film.scenes(seed)[kind], seed, height), frames, size, seed)


def look(infer: OnnxInferencer, every: int, images: Sequence[np.ndarray]) -> list[list[Person]]:
    """The people of a film's frames."""
    follower, seen = BoxFollower(infer.detector, every), []
    for image in images:
        seen.append(infer(image, *follower(image)))
        follower.saw(seen[-1])
    return seen


def speed(args: argparse.Namespace) -> dict:
    """What detecting on some frames saves, by the size of what the detector is shown."""
    images = [image for image, _ in frames_of(ALL_INSIDE, 0, args.frames)]
    return {size: speed_of(args, size, images) for size in args.det_size}


def speed_of(args: argparse.Namespace, size: int, images: Sequence[np.ndarray]) -> dict:
    """Seconds of a film, the detector on every frame and on some; and how near the keypoints stay."""
    infer = OnnxInferencer(args.model, args.det_model)
    infer.detector = OnnxPersonDetector(args.det_model, (size, size))
    things: dict[str, Callable[[], object]] = {
        f'unipose {every}': partial(look, infer, every, images) for every in (1, *args.every)
    }
    things |= {
        f'rtmlib {every}{", tracking" * tracking}': partial(rtmlib_looks, args, infer, every, tracking, images)
        for every in (1, *args.every)
        for tracking in (False, True)
    }
    taken = seconds_of(things, args.repeats, f'detector of {size}')
    rates = {name: args.frames / median(seconds) for name, seconds in taken.items()}
    reference = look(infer, 1, images)
    return dict(
        frames_per_second=rates,
        speedup={every: ratio(taken, 'unipose 1', f'unipose {every}') for every in args.every},
        to_rtmlib={every: ratio(taken, _faster(rates, every), f'unipose {every}') for every in (1, *args.every)},
        oks={every: nearness(infer, look(infer, every, images), reference) for every in args.every},
        seconds=taken,
    )


def _faster(rates: dict[str, float], every: int) -> str:
    """rtmlib with or without its tracking."""
    return max((name for name in rates if name.startswith(f'rtmlib {every}')), key=rates.__getitem__)


def rtmlib_looks(
    args: argparse.Namespace, infer: OnnxInferencer, every: int, tracking: bool, images: Sequence[np.ndarray]
) -> None:
    """rtmlib's PoseTracker on a film; its networks are opened once."""
    from rtmlib import PoseTracker

    tracker = PoseTracker(partial(_opened, args.model, args.det_model, infer), every, tracking)
    for image in images:
        tracker(image)


_OPENED: dict = {}


def _opened(model: str, detector: str, infer: OnnxInferencer, **_: object) -> object:
    from rtmlib import Custom

    size = infer.detector.input_size
    if size not in _OPENED:
        sizes = dict(det_input_size=size, pose_input_size=infer.estimator.input_size)
        _OPENED[size] = Custom(det_class='RTMDet', det=detector, pose_class='RTMPose', pose=model, **sizes)
    return _OPENED[size]


def nearness(
    infer: OnnxInferencer, seen: Sequence[Sequence[Person]], reference: Sequence[Sequence[Person]]
) -> dict[str, float]:
    """Mean OKS of a film's people to those of the reference who lie there, and the share of whom there is none for."""
    found, lost, count = [], 0, 0
    sigmas = np.array(infer.skeleton.sigmas)
    for people, others in zip(seen, reference, strict=True):
        count += len(others)
        for other in others:
            alike = overlaps(other.bbox[None], np.array([one.bbox for one in people]).reshape(-1, 4))[0]
            if not alike.size or alike.max() < 0.5:
                lost += 1
                continue
            area = 0.53 * float((other.bbox[2:] - other.bbox[:2]).prod())
            same = people[int(alike.argmax())].keypoints, other.keypoints
            found.append(float(oks(*same, np.ones(len(sigmas)), area, sigmas)))
    return dict(mean=float(np.mean(found)), median=float(np.median(found)), lost=lost / max(count, 1))


def run_of(args: argparse.Namespace, folder: Path, video: Path, *more: str) -> Callable[[], object]:
    """The whole of ``unipose-run``, from a file to a file."""
    from unipose.runtime.run import main as unipose_run

    given = [str(video), '--model', args.model, '--det-model', args.det_model, '--vis-out-dir', str(folder), *more]

    def run() -> None:
        argv, sys.argv = sys.argv, ['unipose-run', *given]
        try:
            unipose_run()
        finally:
            sys.argv = argv

    return run


def threads(args: argparse.Namespace) -> dict:
    """A film from file to file, by stages that work at the same time, and one after another."""
    with tempfile.TemporaryDirectory() as folder:
        video = write_film(Path(folder) / 'film.mp4', args.frames, SIZE, HEIGHT)
        at_once = {every: run_of(args, Path(folder) / 'out', video, f'--det-every={every}') for every in (1, 5)}
        things = {f'threads {every}': run for every, run in at_once.items()}
        things |= {f'one by one {every}': partial(one_by_one, run) for every, run in at_once.items()}
        taken = seconds_of(things, args.repeats, 'threads')
    return dict(
        frames_per_second={name: args.frames / median(seconds) for name, seconds in taken.items()},
        speedup={every: ratio(taken, f'one by one {every}', f'threads {every}') for every in at_once},
        seconds=taken,
    )


def one_by_one(run: Callable[[], object]) -> None:
    """Runs without threads."""
    ahead, prediction_run.ahead = prediction_run.ahead, lambda items, _=0: (item for item in items)
    try:
        run()
    finally:
        prediction_run.ahead = ahead


def write_film(path: Path, frames: int, size: tuple[int, int], height: int, again: int = 1) -> Path:
    """A file of a film, which is shown again and again."""
    images = [image for image, _ in frames_of(ALL_INSIDE, 0, frames, size, height)]
    with VideoWriter(path, film.FPS, size) as writer:
        for _ in range(again):
            for image in images:
                writer.write(image)
    return path


def identities(args: argparse.Namespace) -> dict:
    """Switches of our tracker and of others, on boxes of a stand-in and of the detector."""
    infer = OnnxInferencer(args.model, args.det_model, skeleton='coco')
    films: dict[str, dict[str, list]] = {'stand-in': {}, 'detector': {}}
    for kind in film.scenes(0):
        for seed in range(FIRST_FILM, FIRST_FILM + args.films):
            rng, seen = np.random.default_rng(seed), {who: [] for who in films}
            for image, truths in frames_of(kind, seed, FILM, SMALL, SMALL_HEIGHT):
                seen['stand-in'].append((truths, infer(image, *find(truths, SMALL, rng))))
                seen['detector'].append((truths, infer(image)))
            for who, of_a_film in seen.items():
                films[who].setdefault(kind, []).append(of_a_film)
    kinds = trackers(infer.skeleton)
    return {
        f'{who}, every {every}': {name: scores(of_who, new, every) for name, new in kinds.items()}
        for who, of_who in films.items()
        for every in (1, 3)
    }


def memory(args: argparse.Namespace) -> dict:
    """This process's memory in MB over a long film, from file to file."""
    sampled: list[int] = []
    every, number = max(args.memory_frames // SAMPLES, 1), 0
    write = VideoWriter.write

    def sampling(writer: VideoWriter, frame: np.ndarray) -> None:
        nonlocal number
        if number % every == 0:
            sampled.append(resident_megabytes())
        number += 1
        write(writer, frame)

    with tempfile.TemporaryDirectory() as folder:
        again = -(-args.memory_frames // args.frames)
        video = write_film(Path(folder) / 'film.mp4', args.frames, SIZE, HEIGHT, again)
        options = '--det-every=5', '--track', '--smooth', f'--pred-out-dir={folder}/out'
        VideoWriter.write = sampling
        try:
            run_of(args, Path(folder) / 'out', video, *options)()
        finally:
            VideoWriter.write = write
    return dict(frames=number, megabytes=sampled)


PARTS: dict[str, Callable[[argparse.Namespace], dict]] = dict(
    speed=speed, threads=threads, identities=identities, memory=memory
)


def format_measures(found: dict) -> str:
    """Tables in Markdown."""
    head = '| detector | on every | frames/s | to every frame | OKS | rtmlib frames/s | to rtmlib |'
    lines = [head, '| ---: ' * 7 + '|']
    for size, of_speed in found.get('speed', {}).items():
        rates = of_speed['frames_per_second']
        for every, to_rtmlib in of_speed['to_rtmlib'].items():
            speedup, near = of_speed['speedup'].get(every, 1.0), of_speed['oks'].get(every, dict(mean=1.0))
            row = f'| {size} | {every} | {rates[f"unipose {every}"]:.1f} | {speedup:.2f} | {near["mean"]:.3f} '
            lines.append(f'{row}| {rates[_faster(rates, every)]:.1f} | {to_rtmlib:.2f} |')
    if 'threads' in found:
        lines += ['', '| detector on every | in threads | one by one | speedup |', '| ---: ' * 4 + '|']
        rates = found['threads']['frames_per_second']
        for every, speedup in found['threads']['speedup'].items():
            pair = rates[f'threads {every}'], rates[f'one by one {every}']
            lines.append(f'| {every} | {pair[0]:.1f} | {pair[1]:.1f} | {speedup:.2f} |')
    for what, of_what in found.get('identities', {}).items():
        lines += ['', f"| {what} | switches | to another one's id | IDF1 |", '| --- | ---: | ---: | ---: |']
        lines += [f'| {who} | {one["switches"]} | {one["taken"]} | {one["idf1"]:.3f} |' for who, one in of_what.items()]
    if 'memory' in found:
        of_memory = found['memory']
        lines += ['', f'{of_memory["frames"]} frames: {", ".join(map(str, of_memory["megabytes"]))} MB']
    return '\n'.join(lines)


if __name__ == '__main__':
    main()

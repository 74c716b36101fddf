"""Predicts the people of images and videos, draws and writes them: what the demo script and unipose-run share."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from unipose.console.exit_codes import NOTHING, PARTLY
from unipose.files import check_distinct, quieten_opencv, read_image, write_file
from unipose.media import (
    Frame,
    InputError,
    Screen,
    VideoReader,
    VideoWriter,
    encode_picture,
    is_live,
    list_inputs,
    output_stems,
    prepare_output_file,
    prepare_output_folder,
)
from unipose.media.ahead import ahead
from unipose.media.progress import Progress
from unipose.skeletons import Skeleton

from .person import Person, people_to_json
from .results import CocoResults, FrameLines, KeypointTable

Draw = Callable[[], np.ndarray]
"""Makes the picture of a frame's people."""
Look = Callable[[Sequence[Frame]], Sequence[tuple[Sequence[Person], Draw]]]
"""From an image, or the next frames of a video, to the people in each and what draws them."""
NewLook = Callable[[bool], Look]
"""Makes what looks at an image, or at a video (True) from its first frame on."""

ONE_PERSON = "without a detector the whole of each picture is taken as one person's; --det-model auto finds everybody"
"""What a command says that was given none."""


class PredictionRun:
    """What is read, and where what is predicted goes; nothing is predicted before all of it is known to be possible.

    Args:
        args: What :func:`unipose.console.prediction_options.add_arguments` added, and ``--det-model``, parsed.
        models: Files that predict, which are read too.

    Raises:
        ValueError: If there is nothing to read, a size is wrong, or results would be written over inputs.
        OSError: If something cannot be written.
    """

    def __init__(self, args: argparse.Namespace, *models: str | Path | None) -> None:
        if any(size is not None and not 0 < size < math.inf for size in (args.radius, args.thickness)):
            raise ValueError('--radius and --thickness must be positive')
        if not math.isfinite(args.kpt_thr):
            raise ValueError('--kpt-thr must be a number')
        if args.det_every < 1:
            raise ValueError(f'--det-every must be at least 1. Got: {args.det_every}')
        if args.det_every > 1 and not args.det_model:
            raise ValueError('--det-every says how often the detector is asked, and goes with --det-model')
        quieten_opencv()
        self.args, self._inputs = args, list_inputs(args.input)
        self._images = self._inputs.images
        self._videos = [video for video in self._inputs.videos if self._can_be_read(video)]
        if not self._images and not self._videos:
            raise InputError('; '.join(self._inputs.problems))
        if args.smooth and not self._videos:
            raise ValueError("--smooth steadies one video's keypoints over time; the input is images")
        if args.track and not self._videos:
            raise ValueError('--track follows people through a video; the input is images')
        if args.det_every > 1 and not self._videos:
            raise ValueError('--det-every leaves frames of a video unsearched; the input is images')
        files = [*self._images, *(Path(video) for video in self._videos if not is_live(video))]
        results = [file for file in (args.coco_out, args.csv_out) if file]
        check_distinct(*results)
        for file in results:
            prepare_output_file(file, [*files, *(Path(model) for model in models if model)])
        for folder in filter(None, (args.vis_out_dir, args.pred_out_dir)):
            prepare_output_folder(folder, files)

    def __call__(self, new_look: NewLook, skeleton: Skeleton, frames: int = 1) -> int:
        """Predicts, draws and writes; a window, or Ctrl-C, ends it early, with what is done by then.

        Args:
            new_look: Makes what predicts.
            skeleton: Of the people that it returns.
            frames: How many frames of a video it is given at a time.

        Returns:
            1 if nothing could be read, 3 if something was left out, otherwise 0.

        Raises:
            OSError: If something cannot be written, as when the disk is full; what was whole by then stays.
        """
        screen = Screen() if self.args.show else None
        for remark in self._inputs.remarks():
            print(remark, file=sys.stderr)
        self._num_read, self._is_partial = 0, bool(self._inputs.problems)
        with contextlib.ExitStack() as stack, contextlib.suppress(KeyboardInterrupt):
            results = [stack.enter_context(result) for result in self._results(skeleton)]
            if self._images:
                self._run_images(new_look, skeleton, results, screen)
            stems = output_stems([Path('stream' if is_live(video) else video) for video in self._videos])
            for video, stem in zip(self._videos, stems, strict=True):
                self._run_video(video, stem, new_look(True), skeleton, results, screen, frames)
        return NOTHING if not self._num_read else PARTLY if self._is_partial else 0

    def _can_be_read(self, video: str) -> bool:
        try:
            if not is_live(video):  # which is opened once
                VideoReader(video).close()
        except InputError as error:
            self._inputs.problems.append(str(error))
            return False
        return True

    def _results(self, skeleton: Skeleton) -> list[CocoResults | KeypointTable]:
        args = self.args
        results: list[CocoResults | KeypointTable] = [CocoResults(args.coco_out)] if args.coco_out else []
        return results + ([KeypointTable(args.csv_out, skeleton, args.track)] if args.csv_out else [])

    def _run_images(self, new_look: NewLook, skeleton: Skeleton, results: Sequence, screen: Screen | None) -> None:
        args, images, people_found, failed = self.args, self._images, 0, 0
        same_names = Counter(path.name for path in images)
        try:
            with Progress(len(images), 'image') as progress:
                for path, stem in zip(images, output_stems(images), strict=True):
                    try:
                        image, name = read_image(path), path.name if same_names[path.name] == 1 else str(path)
                        ((people, draw),) = new_look(False)([Frame(image)])
                        suffix, picture = encode_picture(drawn := draw())
                    except (ValueError, OSError, cv2.error) as error:  # one bad file does not keep the others waiting
                        progress.write(f'skipped: {error}')
                        failed += 1
                        continue
                    write_file(args.vis_out_dir / f'{stem}{suffix}', picture)
                    if args.pred_out_dir:
                        content = people_to_json(people, skeleton, name, image.shape)
                        write_file(args.pred_out_dir / f'{stem}.json', content)
                    for result in results:
                        result.add(name, people)
                    people_found += len(people)
                    progress.update()
                    if screen and not screen.show(drawn, wait=0):
                        raise KeyboardInterrupt
        finally:
            self._num_read += progress.done
            self._is_partial |= failed > 0
            counts = f'{progress.done} of {len(images)} images, {people_found} people, {failed} skipped'
            print(f'{counts}; pictures in {args.vis_out_dir}')

    def _run_video(
        self,
        source: str,
        stem: str,
        look: Look,
        skeleton: Skeleton,
        results: Sequence,
        screen: Screen | None,
        frames_at_once: int,
    ) -> None:
        try:
            video = VideoReader(source)
        except InputError as error:
            print(f'skipped: {error}', file=sys.stderr)
            self._is_partial = True
            return
        args, people_found, is_whole = self.args, 0, False
        out = args.vis_out_dir / f'{stem}.mp4'
        prefix = '' if len(self._videos) + len(self._images) == 1 else f'{stem}#'  # of a frame's name
        with contextlib.ExitStack() as stack:
            writer = lines = None
            if args.pred_out_dir:
                path = args.pred_out_dir / f'{stem}.jsonl'
                lines = stack.enter_context(FrameLines(path, skeleton, video, source))
            progress = stack.enter_context(Progress(video.num_frames, 'frame'))
            # read, and looked at, a few frames ahead of what is drawn and written; a thread for drawing gained nothing
            frames = stack.enter_context(contextlib.closing(ahead(video, frames_at_once + 1)))
            seen = stack.enter_context(contextlib.closing(ahead(_looked_at(frames, look, frames_at_once))))
            with contextlib.suppress(KeyboardInterrupt):
                for seconds, people, draw in seen:
                    drawn = draw()
                    if writer is None:  # pictures of several models are wider than the video
                        size = drawn.shape[1], drawn.shape[0]
                        writer = stack.enter_context(VideoWriter(out, video.fps, size))
                    writer.write(drawn)
                    if lines:
                        lines.add(people, seconds)
                    for result in results:
                        result.add(f'{prefix}{progress.done}', people)
                    people_found += len(people)
                    progress.update()
                    if screen and not screen.show(drawn, wait=1):
                        raise KeyboardInterrupt
                is_whole = True
            rate = progress.rate
        lost = video.num_lost() if is_whole else 0
        self._num_read += progress.done
        self._is_partial |= lost > 0
        if lost:
            print(
                f'{source}: {lost} frames are missing: it is damaged or cut short, or its sound is longer than its '
                'picture',
                file=sys.stderr,
            )
        total = f' of {progress.done + lost}' if is_whole and video.num_frames else ''
        print(f'{progress.done}{total} frames at {rate:.1f} a second, {people_found} people; {out}')
        if not is_whole:
            raise KeyboardInterrupt


def _looked_at(
    frames: Iterator[Frame], look: Look, frames_at_once: int
) -> Iterator[tuple[float, Sequence[Person], Draw]]:
    """When each frame is shown, its people and what draws them."""
    while batch := list(islice(frames, frames_at_once)):
        for frame, (people, draw) in zip(batch, look(batch), strict=True):
            yield frame.seconds, people, draw

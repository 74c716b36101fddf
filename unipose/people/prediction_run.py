"""Predicts the people of images or of a video, draws and writes them: what the demo script and unipose-run share."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from unipose.files import check_distinct, quieten_opencv, read_image, write_file
from unipose.media import (
    VideoReader,
    VideoWriter,
    Window,
    is_video,
    list_inputs,
    output_stems,
    prepare_output_file,
    prepare_output_folder,
)
from unipose.media.progress import Progress
from unipose.skeletons import Skeleton

from .person import Person, describe, frame_to_json, people_to_json
from .results import CocoResults, KeypointTable

Look = Callable[[Sequence[np.ndarray]], Sequence[tuple[Sequence[Person], np.ndarray]]]
"""From images ``[H, W, 3]``, uint8, BGR, to the people in each and the picture of them."""

ONE_PERSON = "without a detector the whole of each picture is taken as one person's; --det-model auto finds everybody"
"""What a command says that was given none."""


class PredictionRun:
    """What is read, and where what is predicted goes; nothing is predicted before all of it is known to be possible.

    Args:
        args: What :func:`unipose.console.prediction_options.add_arguments` added, parsed.
        models: Files that predict, which are read too.

    Attributes:
        video: The video; None of images.

    Raises:
        ValueError: If there is nothing to read, a size is wrong, or results would be written over inputs.
        OSError: If something cannot be written.
    """

    def __init__(self, args: argparse.Namespace, *models: str | Path | None) -> None:
        if any(size is not None and not 0 < size < math.inf for size in (args.radius, args.thickness)):
            raise ValueError('--radius and --thickness must be positive')
        if not math.isfinite(args.kpt_thr):
            raise ValueError('--kpt-thr must be a number')
        quieten_opencv()
        self.args = args
        self._images: list[Path] = []
        self._problems: list[str] = []
        self.video: VideoReader | None = None
        if len(args.input) == 1 and is_video(args.input[0]):
            self.video = VideoReader(args.input[0])
        else:
            self._images, self._problems = list_inputs(args.input)
            if args.smooth:
                raise ValueError("--smooth steadies one video's keypoints over time; the input is images")
        files = self._images or [Path(name) for name in args.input if os.path.exists(name)]  # no webcam's number
        results = [file for file in (args.coco_out, args.csv_out) if file]
        check_distinct(*results)
        for file in results:
            prepare_output_file(file, [*files, *(Path(model) for model in models if model)])
        for folder in filter(None, (args.vis_out_dir, args.pred_out_dir)):
            prepare_output_folder(folder, files)

    def __call__(self, look: Look, skeleton: Skeleton, frames: int = 1) -> int:
        """Predicts, draws and writes; a window, or Ctrl-C during a video, ends it early.

        Args:
            look: What predicts.
            skeleton: Of the people that it returns.
            frames: How many frames of a video it is given at a time.

        Returns:
            1 if no image could be read, otherwise 0.
        """
        window = Window() if self.args.show else None
        for problem in self._problems:
            print(f'skipped: {problem}', file=sys.stderr)
        with contextlib.ExitStack() as stack:
            results = [stack.enter_context(result) for result in self._results(skeleton)]
            if self.video is None:
                return self._run_images(look, skeleton, results, window)
            return self._run_video(look, skeleton, results, window, frames)

    def _results(self, skeleton: Skeleton) -> list[CocoResults | KeypointTable]:
        args = self.args
        results: list[CocoResults | KeypointTable] = [CocoResults(args.coco_out)] if args.coco_out else []
        return results + ([KeypointTable(args.csv_out, skeleton)] if args.csv_out else [])

    def _run_images(self, look: Look, skeleton: Skeleton, results: Sequence, window: Window | None) -> int:
        args, images, people_found, failed = self.args, self._images, 0, 0
        same_names = Counter(path.name for path in images)
        with Progress(len(images), 'image') as progress, contextlib.suppress(KeyboardInterrupt):
            for path, stem in zip(images, output_stems(images), strict=True):
                try:
                    image, name = read_image(path), path.name if same_names[path.name] == 1 else str(path)
                    ((people, drawn),) = look([image])
                    write_file(args.vis_out_dir / f'{stem}.jpg', cv2.imencode('.jpg', drawn)[1].tobytes())
                    if args.pred_out_dir:
                        content = people_to_json(people, skeleton, name, image.shape)
                        write_file(args.pred_out_dir / f'{stem}.json', content)
                    for result in results:
                        result.add(name, people)
                    people_found += len(people)
                    progress.update()
                    if window and not window.show(drawn, wait=0):
                        break
                except (ValueError, OSError, cv2.error) as error:  # one bad file does not keep the others waiting
                    progress.write(f'skipped: {error}')
                    failed += 1
        done, drawn_in = progress.done, args.vis_out_dir
        print(f'{done} of {len(images)} images, {people_found} people, {failed} skipped; pictures in {drawn_in}')
        return int(not done)

    def _run_video(
        self, look: Look, skeleton: Skeleton, results: Sequence, window: Window | None, frames_at_once: int
    ) -> int:
        args, video, people_found = self.args, self.video, 0
        stem = Path(video.source).stem if Path(video.source).is_file() else 'stream'
        out, frames = args.vis_out_dir / f'{stem}.mp4', iter(video)
        with contextlib.ExitStack() as stack:
            lines = args.pred_out_dir and stack.enter_context(open(args.pred_out_dir / f'{stem}.jsonl', 'w'))
            if lines:
                size = dict(zip(('width', 'height'), video.size, strict=True))
                lines.write(json.dumps(describe(skeleton, video=video.source, fps=video.fps, **size)) + '\n')
            writer = None
            progress = stack.enter_context(Progress(video.num_frames, 'frame'))
            with contextlib.suppress(KeyboardInterrupt):
                while batch := list(islice(frames, frames_at_once)):
                    for people, drawn in look(batch):
                        if writer is None:  # pictures of several models are wider than the video
                            size = drawn.shape[1], drawn.shape[0]
                            writer = stack.enter_context(VideoWriter(out, video.fps, size))
                        writer.write(drawn)
                        if lines:
                            lines.write(frame_to_json(people, progress.done) + '\n')
                        for result in results:
                            result.add(str(progress.done), people)
                        people_found += len(people)
                        progress.update()
                        if window and not window.show(drawn, wait=1):
                            raise KeyboardInterrupt
            rate = progress.rate
        print(f'{progress.done} frames at {rate:.1f} a second, {people_found} people; {out}')
        return 0

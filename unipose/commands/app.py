"""A page to try a student and its teachers on pictures and videos."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.config import Config

from unipose.commands.detectors import Detect
from unipose.files import read_image, write_file
from unipose.inference import PoseInferencer, teacher_inferencers
from unipose.media import VideoReader, VideoWriter, encode_picture, is_video
from unipose.media.panels import side_by_side
from unipose.people import FrameLines, Person, draw_people, people_to_json
from unipose.skeletons import Skeleton, load_skeleton

STUDENT = 'student'
ALL = 'all keypoints'
_FRAMES = 8  # of a video, whose people are predicted together


class PoseApp:
    """What the page does, without the page.

    Args:
        config: Config of the student, with its teachers.
        checkpoint: Its checkpoint.
        detect: What finds people; None takes the whole picture as one person's box.
        device: Where to run.
        max_seconds: The longest video.

    Attributes:
        names: Who can be asked: the student, and the config's teachers, which are loaded when they are first asked.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If config and checkpoint do not fit together.
    """

    def __init__(
        self, config: Config, checkpoint: str | Path, detect: Detect | None, device: str, max_seconds: float
    ) -> None:
        self.config, self.detect, self.device, self.max_seconds = config, detect, device, max_seconds
        self._folder = tempfile.TemporaryDirectory(prefix='unipose_')  # gone when the program ends
        self._models = {STUDENT: PoseInferencer(config, checkpoint, device)}
        teachers = config.model.get('teachers') or {}
        self.names = [STUDENT, *(f'teacher {name}' for name, entry in teachers.items() if entry)]
        own = [entry.skeleton for entry in teachers.values() if entry and isinstance(entry.skeleton, str)]
        self.skeletons = [ALL, *dict.fromkeys(own)]

    def ask(
        self,
        file: str | Path,
        names: Sequence[str],
        skeleton: str = ALL,
        kpt_thr: float = 0.5,
        progress: Callable[[float], Any] = lambda share: None,
    ) -> tuple[Path, list[Path], str]:
        """Draws people in a picture or a video.

        Args:
            file: A picture or a video.
            names: Who is asked, of :attr:`names`; several are drawn beside each other.
            skeleton: Whose keypoints to keep, of :attr:`skeletons`.
            kpt_thr: Least score of a keypoint that is drawn.
            progress: Is told the share of a video that is done.

        Returns:
            The drawn picture (.jpg) or video (.webm); a JSON file of predictions for each of the names, of a video with
            a line for each frame, as ``unipose predict`` writes them; and what was found, in words.

        Raises:
            ValueError: If nobody is asked, the file cannot be read, or the video is too long.
        """
        if not names:
            raise ValueError('choose who is asked: the student, or a teacher')
        models = {name: self._model(name) for name in names}
        kept = None if skeleton == ALL else set(load_skeleton(skeleton).names)
        shown = {name: model.skeleton.subset(kept or model.skeleton.names) for name, model in models.items()}
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        if is_video(file):
            return self._video(VideoReader(file), models, shown, kpt_thr, folder, progress)
        image = read_image(file)
        found = self._predict([image], models, shown)[0]
        suffix, content = encode_picture(_drawn(image, found, shown, kpt_thr))
        picture = folder / f'people{suffix}'
        write_file(picture, content)
        files = [folder / f'{name.replace(" ", "_")}.json' for name in names]
        for name, out in zip(names, files, strict=True):
            out.write_bytes(people_to_json(found[name], shown[name], Path(file).name, image.shape))
        return picture, files, f'{len(found[names[0]])} people'

    def _video(
        self,
        video: VideoReader,
        models: Mapping[str, PoseInferencer],
        shown: Mapping[str, Skeleton],
        kpt_thr: float,
        folder: Path,
        progress: Callable[[float], Any],
    ) -> tuple[Path, list[Path], str]:
        allowed = int(self.max_seconds * video.fps)
        if (video.num_frames or 0) > allowed:
            raise ValueError(
                f'the video has {video.num_frames / video.fps:.0f} seconds, and {self.max_seconds:g} are allowed here; '
                '`unipose predict` takes any length'
            )
        out, frames, source = folder / 'people.webm', islice(video, allowed), Path(video.source).name
        files = {name: folder / f'{name.replace(" ", "_")}.jsonl' for name in models}
        empty = _drawn(np.zeros((*video.size[::-1], 3), np.uint8), dict.fromkeys(models, ()), shown, kpt_thr)
        number = people = 0
        with ExitStack() as stack:
            writer = stack.enter_context(VideoWriter(out, video.fps, (empty.shape[1], empty.shape[0])))
            lines = {
                name: stack.enter_context(FrameLines(file, shown[name], video, source)) for name, file in files.items()
            }
            while batch := list(islice(frames, _FRAMES)):
                of_batch = self._predict([frame.image for frame in batch], models, shown)
                for frame, found in zip(batch, of_batch, strict=True):
                    writer.write(_drawn(frame.image, found, shown, kpt_thr))
                    for name, of_frame in found.items():
                        lines[name].add(of_frame, frame.seconds)
                    number, people = number + 1, people + len(next(iter(found.values())))
                progress(min(number / (video.num_frames or allowed), 1.0))
        lost = video.num_lost() if number < allowed else 0
        more = f'; {lost} more are missing, it is damaged or cut short' if lost else ''
        return out, list(files.values()), f'{number} frames, {people / max(number, 1):.1f} people in each{more}'

    def _predict(
        self, images: Sequence[np.ndarray], models: Mapping[str, PoseInferencer], shown: Mapping[str, Skeleton]
    ) -> list[dict[str, list[Person]]]:
        boxes = list(zip(*(self.detect(image) if self.detect else (None, None) for image in images), strict=True))
        found = {}
        for name, model in models.items():
            kept = [model.skeleton.index(keypoint) for keypoint in shown[name].names]
            found[name] = [
                [
                    replace(one, keypoints=one.keypoints[kept], scores=one.scores[kept], names=shown[name].names)
                    for one in people
                ]
                for people in model.predict_images(images, *boxes)
            ]
        return [{name: people[number] for name, people in found.items()} for number in range(len(images))]

    def _model(self, name: str) -> PoseInferencer:
        if name not in self._models:
            teacher = name.removeprefix('teacher ')
            self._models[name] = teacher_inferencers(self.config, [teacher], device=self.device)[teacher]
        return self._models[name]


def _drawn(
    image: np.ndarray, found: Mapping[str, Sequence[Person]], shown: Mapping[str, Skeleton], kpt_thr: float
) -> np.ndarray:
    return side_by_side({name: draw_people(image, people, shown[name], kpt_thr) for name, people in found.items()})


def serve(app: PoseApp, host: str, port: int, max_mb: int, block: bool = True) -> str:
    """Shows the page until Ctrl-C.

    Args:
        app: What it does.
        host: Address to bind to; 127.0.0.1 is seen from this machine alone.
        port: Port; the page is nowhere else.
        max_mb: Largest file, MB.
        block: Whether to wait.

    Returns:
        Its address.

    Raises:
        ImportError: If Gradio is not installed.
        OSError: If the port is taken.
    """
    os.environ.update(GRADIO_ANALYTICS_ENABLED='False', HF_HUB_OFFLINE='1')  # nothing leaves this machine
    try:
        import gradio
    except ImportError as error:
        raise ImportError("the page is made with Gradio: pip install 'unipose-distill[app]'") from error

    def ask(file: str | None, names: list[str], skeleton: str, kpt_thr: float, progress: Any = None) -> tuple:
        progress = progress or gradio.Progress()
        if not file:
            raise gradio.Error('drop a picture or a video first', duration=None, print_exception=False)
        try:
            drawn, files, said = app.ask(file, names, skeleton, kpt_thr, progress)
        except (ValueError, OSError, cv2.error) as error:
            raise gradio.Error(str(error).replace(str(file), Path(file).name), print_exception=False) from error
        is_film = drawn.suffix == '.webm'
        picture = gradio.Image(None if is_film else str(drawn), visible=not is_film)
        film = gradio.Video(str(drawn) if is_film else None, visible=is_film)
        return picture, film, gradio.Files([str(path) for path in files], visible=True), said

    with gradio.Blocks(title='unipose', analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gradio.Markdown(
            f'## unipose\nA picture or a video of people, up to {max_mb} MB and {app.max_seconds:g} seconds.'
        )
        with gradio.Row():
            with gradio.Column(scale=1, min_width=300):
                file = gradio.File(label='Picture or video', type='filepath')
                names = gradio.CheckboxGroup(app.names, value=[STUDENT], label='Ask')
                skeleton = gradio.Dropdown(app.skeletons, value=ALL, label='Keypoints')
                kpt_thr = gradio.Slider(0, 1, 0.5, step=0.05, label='Least score of a keypoint that is drawn')
                button = gradio.Button('Find people', variant='primary')
            with gradio.Column(scale=2, min_width=300):
                picture = gradio.Image(show_label=False, interactive=False, buttons=['fullscreen', 'download'])
                film = gradio.Video(show_label=False, visible=False, interactive=False)
                said = gradio.Markdown()
                files = gradio.Files(label='Predictions (JSON)', visible=False, interactive=False)
        button.click(ask, [file, names, skeleton, kpt_thr], [picture, film, files, said])
    fonts = dict(font=['system-ui', 'sans-serif'], font_mono=['ui-monospace', 'monospace'])  # none from elsewhere
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        share=False,
        max_file_size=f'{max_mb}mb',
        theme=gradio.themes.Default(**fonts),
        footer_links=[],
        prevent_thread_lock=not block,
        quiet=True,
    )
    return address

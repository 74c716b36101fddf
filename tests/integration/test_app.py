"""What the demo page does, without a browser; with Gradio where it is installed."""

import importlib.util
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config

from tests.builders import write_teachers
from tests.student_files import write_student
from unipose.commands.app import ALL, PoseApp, serve
from unipose.media import VideoReader, VideoWriter
from unipose.skeletons import load_skeleton


@pytest.fixture(scope='module')
def app(tmp_path_factory: pytest.TempPathFactory) -> PoseApp:
    folder = tmp_path_factory.mktemp('app')
    config_file, checkpoint = write_student(folder)
    config = Config.fromfile(config_file)
    config.model.teachers = write_teachers(folder / 'teachers')
    return PoseApp(config, checkpoint, detect=None, device='cpu', max_seconds=2)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((120, 160, 3), np.uint8))
    return tmp_path / 'a.png'


def film(path: Path, frames: int) -> Path:
    with VideoWriter(path, 10, (64, 96)) as writer:
        for _ in range(frames):
            writer.write(np.zeros((96, 64, 3), np.uint8))
    return path


def test_a_picture_and_several_models(app: PoseApp, picture: Path) -> None:
    assert app.names == ['student', 'teacher coco', 'teacher mpii'] and app.skeletons == [ALL, 'coco', 'mpii']
    drawn, files, said = app.ask(picture, app.names)
    assert cv2.imread(str(drawn)).shape[1] == 3 * 160 + 4 * 12 and said == '1 people'
    names = [json.loads(file.read_text())['meta']['keypoint_names'] for file in files]
    assert [len(of_model) for of_model in names] == [21, 17, 16]


def test_in_another_skeleton_only_its_keypoints_are_kept(app: PoseApp, picture: Path) -> None:
    _, files, _ = app.ask(picture, ['student', 'teacher coco'], 'mpii')
    student, teacher = (json.loads(file.read_text()) for file in files)
    mpii = set(load_skeleton('mpii').names)
    assert set(student['meta']['keypoint_names']) == mpii
    assert set(teacher['meta']['keypoint_names']) == mpii & set(load_skeleton('coco').names)
    assert len(teacher['instances'][0]['keypoints']) == 12


def test_a_video_that_browsers_play(app: PoseApp, tmp_path: Path) -> None:
    shares = []
    drawn, (file,), said = app.ask(film(tmp_path / 'a.mp4', 10), ['student'], progress=shares.append)
    assert drawn.suffix == '.webm' and VideoReader(drawn).size == (64, 96) and said.startswith('10 frames')
    head, *frames = map(json.loads, file.read_text().splitlines())
    assert len(head['keypoint_names']) == 21 and [frame['frame'] for frame in frames] == list(range(10))
    assert shares[-1] == 1.0


def test_mistakes(app: PoseApp, tmp_path: Path, picture: Path) -> None:
    (tmp_path / 'text.jpg').write_text('no image')
    for arguments, message in (
        ((tmp_path / 'text.jpg', ['student']), 'not an image'),
        ((film(tmp_path / 'long.mp4', 30), ['student']), 'has 3 seconds, and 2 are allowed'),
        ((picture, []), 'choose who is asked'),
    ):
        with pytest.raises(ValueError, match=message):
            app.ask(*arguments)


def test_without_gradio_it_says_how_to_get_it(app: PoseApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'gradio', None)
    with pytest.raises(ImportError, match=r"pip install 'unipose-distill\[app\]'"):
        serve(app, '127.0.0.1', 7861, 50)


@pytest.mark.skipif(importlib.util.find_spec('gradio') is None, reason='Gradio, an optional extra, is not installed')
def test_the_page_opens(app: PoseApp) -> None:
    from urllib.request import urlopen

    assert b'unipose' in urlopen(serve(app, '127.0.0.1', 7862, 50, block=False)).read()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['nowhere.py', 'nowhere.pth'], 'nowhere.py'),
        (['nowhere.py', 'nowhere.pth', '--max-mb', '0'], '--max-mb and --max-seconds must be positive'),
        (['nowhere.py', 'nowhere.pth', '--det-model', 'nowhere.onnx'], 'nowhere.py'),
    ],
)
def test_mistakes_on_the_command_line(run_tool, arguments: list[str], message: str) -> None:
    code, _, error = run_tool('app.py', *arguments)
    assert code == 2 and message in error and 'Traceback' not in error

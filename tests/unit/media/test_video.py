"""Videos are read frame by frame, past damage, and written whole or not at all."""

from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.films import cut, damage, noise, write_film
from unipose.media import InputError, VideoReader, VideoWriter
from unipose.media.kinds import decoder_name


def write(path: Path, num_frames: int) -> Path:
    with VideoWriter(path, 10.0, (64, 48)) as writer:
        for number in range(num_frames):
            writer.write(np.full((48, 64, 3), 10 * number, np.uint8))
    return path


def test_frames_come_back_in_order_with_their_times(tmp_path: Path) -> None:
    video = VideoReader(write(tmp_path / 'film.mp4', 6))
    assert (video.fps, video.size, video.num_frames) == (10.0, (64, 48), 6)
    frames = list(video)
    assert [frame.image.mean() for frame in frames] == pytest.approx([0, 10, 20, 30, 40, 50], abs=5)
    assert [frame.seconds for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert video.num_lost() == 0
    assert [path.name for path in tmp_path.iterdir()] == ['film.mp4']


@pytest.mark.parametrize('suffix', ['m4v', 'MTS', '3gp', 'wmv', 'mpg', 'ts', 'flv', 'mov', 'avi', 'mkv', 'webm'])
def test_whole_videos_of_any_format_have_lost_nothing(tmp_path: Path, suffix: str) -> None:
    video = VideoReader(write_film(tmp_path / f'film.{suffix}', 30))
    times = [frame.seconds for frame in video]
    assert video.num_lost() == 0
    assert times == pytest.approx(np.arange(30) / 10, abs=1e-3)


def test_frames_behind_damage_are_read(tmp_path: Path) -> None:
    film = damage(write_film(tmp_path / 'film.mov', 60))
    capture, at_once = cv2.VideoCapture(str(film)), 0
    while capture.read()[0]:
        at_once += 1
    video = VideoReader(film)
    images = [frame.image for frame in video]
    assert at_once < 30 and len(images) == 59  # the decoder goes on where it is asked again
    assert np.abs(images[-1].astype(int) - np.roll(noise(), 3 * 59, axis=1)).mean() < 20
    assert video.num_lost() == 1


@pytest.mark.parametrize('suffix', ['avi', 'flv', 'mkv', 'webm'])
def test_what_was_cut_off_is_counted(tmp_path: Path, suffix: str) -> None:
    video = VideoReader(cut(write_film(tmp_path / f'film.{suffix}', 60)))
    seen = len(list(video))
    assert 15 < seen < 45 and seen + video.num_lost() == pytest.approx(60, abs=1)


class Clock:
    """A video of ten frames whose decoder tells what a test wants."""

    def __init__(self, told: list[float], fps: float, count: float) -> None:
        self.told, self.number = told, -1
        self.facts = {cv2.CAP_PROP_FPS: fps, cv2.CAP_PROP_FRAME_COUNT: count}

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def grab(self) -> bool:
        self.number += 1
        return self.number < len(self.told)

    def read(self) -> tuple[bool, np.ndarray | None]:
        return (True, np.zeros((4, 4, 3), np.uint8)) if self.grab() else (False, None)

    def get(self, key: int) -> float:
        return self.told[self.number] * 1000 if key == cv2.CAP_PROP_POS_MSEC else self.facts[key]

    def release(self) -> None:
        pass


@pytest.mark.parametrize(
    ('told', 'fps', 'count', 'read_as', 'rate', 'lost'),
    [
        ([0, 0.1, 0.4, 0.45, 0.9], 5.0, 5, [0, 0.1, 0.4, 0.45, 0.9], 5.0, 0),  # frames as they come
        ([0, 0.1, 0.4, 0.45, 0.9], 1000.0, 900, [0, 0.1, 0.4, 0.45, 0.9], 4 / 0.9, 0),  # a clock's rate
        ([0, 0, 0, 0], 5.0, -1e17, [0, 0.2, 0.4, 0.6], 5.0, 0),  # no clock, no length
        ([0, 0.2, 0.4, 0.0], 5.0, 3, [0, 0.2, 0.4, 0.6], 5.0, 0),  # a clock that is set back
        ([0, 0.2, 0.4], 0.0, 0, [0, 0.2, 0.4], 5.0, 0),  # no rate
        ([0, 0.2, 0.4], 5.0, 5, [0, 0.2, 0.4], 5.0, 0),  # sound that is a little longer
        ([0, 0.2, 0.4], 5.0, 10, [0, 0.2, 0.4], 5.0, 7),
    ],
)
def test_the_times_of_frames(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: list[float],
    fps: float,
    count: float,
    read_as: list[float],
    rate: float,
    lost: int,
) -> None:
    (tmp_path / 'film.mkv').write_bytes(bytes(16))
    monkeypatch.setattr(cv2, 'VideoCapture', lambda *_: Clock(told, fps, count))
    video = VideoReader(tmp_path / 'film.mkv')
    assert [frame.seconds for frame in video] == pytest.approx(read_as)
    assert video.fps == pytest.approx(rate)
    monkeypatch.setattr('unipose.media.video.count_packets', lambda _: len(told))
    assert video.num_lost() == lost
    monkeypatch.setattr('unipose.media.video.count_packets', lambda _: count)  # trimmed, and shown as it should be
    assert video.num_lost() == 0


def test_a_camera_starts_at_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, 'VideoCapture', lambda *_: Clock([7.0, 7.1, 7.3], 30.0, -1))
    video = VideoReader('97')
    assert [frame.seconds for frame in video] == pytest.approx([0, 0.1, 0.3])
    assert video.num_frames is None and video.num_lost() == 0


@pytest.mark.parametrize('fps', [59.94, 66.6667, 119.237, 240.0])
def test_every_frame_rate_can_be_written(tmp_path: Path, fps: float) -> None:
    with VideoWriter(tmp_path / 'film.mp4', fps, (64, 48)) as writer:
        for _ in range(4):
            writer.write(np.zeros((48, 64, 3), np.uint8))
    video = VideoReader(tmp_path / 'film.mp4')
    assert video.num_frames == 4 and video.fps == pytest.approx(fps, rel=0.01)


def test_frames_of_another_size_are_written_too(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / 'film.mp4', 10, (64, 48)) as writer:
        for side in (48, 96):
            writer.write(np.zeros((side, 64, 3), np.uint8))
    assert VideoReader(tmp_path / 'film.mp4').num_frames == 2


def test_a_broken_off_video_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), VideoWriter(tmp_path / 'film.mp4', 10.0, (64, 48)) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8))
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match='cannot write a video'):
        VideoWriter(tmp_path / 'nowhere' / 'film.mp4', 10.0, (64, 48))


@pytest.fixture
def full_disk(limit_files) -> None:
    """No file grows beyond 20 kB."""
    limit_files(20_000)


@pytest.mark.parametrize('suffix', ['mp4', 'webm'])
def test_a_full_disk_leaves_the_older_video(tmp_path: Path, full_disk: None, suffix: str) -> None:
    path = write(tmp_path / f'film.{suffix}', 3)
    older = path.read_bytes()
    with (
        pytest.raises(OSError, match=rf'cannot write .*film\.{suffix}: \d+ of 60 frames reached the disk; is it full'),
        VideoWriter(path, 10.0, (160, 120)) as writer,
    ):
        for number in range(60):
            writer.write(np.roll(noise(), 3 * number, axis=1))
    assert path.read_bytes() == older and list(tmp_path.iterdir()) == [path]


def test_a_disk_that_fills_ends_it_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('shutil.disk_usage', lambda _: SimpleNamespace(free=4096))
    with (
        pytest.raises(OSError, match=r'cannot write .*film\.mp4: the disk is full; make room'),
        VideoWriter(tmp_path / 'film.mp4', 10.0, (160, 120)) as writer,
    ):
        writer.write(noise())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('content', [b'', b'not a video'])
def test_what_is_no_video_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'film.mp4').write_bytes(content)
    with pytest.raises(InputError, match='film.mp4: no video that can be read'):
        VideoReader(tmp_path / 'film.mp4')
    with pytest.raises(InputError, match='no such video'):
        VideoReader(tmp_path / 'none.mp4')
    with pytest.raises(InputError, match='97: no such webcam'):
        VideoReader('97')


def test_a_name_that_is_no_text_reaches_opencv_as_bytes() -> None:
    assert decoder_name(Path('ä.mp4')) == 'ä.mp4'
    assert decoder_name(Path('\udce4.mp4')) == b'\xe4.mp4'

"""Videos are read frame by frame, written whole or not at all, and refused one by one."""

from pathlib import Path

import numpy as np
import pytest

from unipose.media import InputError, VideoReader, VideoWriter, is_video


def write(path: Path, num_frames: int) -> Path:
    with VideoWriter(path, 10.0, (64, 48)) as writer:
        for number in range(num_frames):
            writer.write(np.full((48, 64, 3), 10 * number, np.uint8))
    return path


def test_frames_come_back_in_order(tmp_path: Path) -> None:
    video = VideoReader(write(tmp_path / 'film.mp4', 6))
    assert (video.fps, video.size, video.num_frames) == (10.0, (64, 48), 6)
    assert [frame.mean() for frame in video] == pytest.approx([0, 10, 20, 30, 40, 50], abs=5)
    assert [path.name for path in tmp_path.iterdir()] == ['film.mp4']


@pytest.mark.parametrize('fps', [59.94, 66.6667, 119.237, 240.0])
def test_every_frame_rate_can_be_written(tmp_path: Path, fps: float) -> None:
    with VideoWriter(tmp_path / 'film.mp4', fps, (64, 48)) as writer:
        for _ in range(4):
            writer.write(np.zeros((48, 64, 3), np.uint8))
    video = VideoReader(tmp_path / 'film.mp4')
    assert video.num_frames == 4 and video.fps == pytest.approx(fps, rel=0.01)


def test_a_broken_off_video_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), VideoWriter(tmp_path / 'film.mp4', 10.0, (64, 48)) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8))
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match='cannot write a video'):
        VideoWriter(tmp_path / 'nowhere' / 'film.mp4', 10.0, (64, 48))


@pytest.mark.parametrize('content', [b'', b'not a video'])
def test_what_is_no_video_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'film.mp4').write_bytes(content)
    with pytest.raises(InputError, match='film.mp4: no video that can be read'):
        VideoReader(tmp_path / 'film.mp4')
    with pytest.raises(InputError, match='no such video'):
        VideoReader(tmp_path / 'none.mp4')
    with pytest.raises(InputError, match='97: no such webcam'):
        VideoReader('97')


def test_inputs_that_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / '2024').mkdir()
    assert not is_video('2024')
    assert all(is_video(source) for source in ('film.MP4', '0', 'rtsp://camera/1'))
    assert not any(is_video(source) for source in ('photo.jpg', 'photos', 'a.0'))

"""What there is to read: by what decoders say of files, and nothing left out without a word."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.films import write_film
from unipose.media import InputError, is_video, list_images, list_inputs

PICTURE = np.full((24, 32, 3), 90, np.uint8)


def picture(path: Path, like: str = '.jpg') -> Path:
    path.write_bytes(cv2.imencode(like, PICTURE)[1].tobytes())
    return path


def names(paths: list) -> list[str]:
    return [Path(path).name for path in paths]


def test_a_folder_is_listed_in_order_and_the_rest_is_told(tmp_path: Path) -> None:
    for name in ('b.PNG', 'a.jpg', 'c.txt', 'd.webp', '.hidden.jpg', 'e.txt', 'LICENSE'):
        (tmp_path / name).touch()
    (tmp_path / 'deep.jpg').mkdir()
    (tmp_path / 'deep.jpg' / 'e.jpg').touch()
    found = list_images([tmp_path])
    assert names(found.images) == ['a.jpg', 'b.PNG', 'd.webp']
    (told,) = found.remarks()
    assert told == 'left out: 4 files that are neither images nor videos (2 .txt, 1 .jpg, 1 LICENSE)'
    assert list_images([tmp_path / 'c.txt']).images == [tmp_path / 'c.txt']  # what is asked for by name is tried


@pytest.mark.parametrize('name', ['a.jfif', 'a.JPE', 'a.ppm', 'a.jp2', 'a.avif', 'a.heic', 'a.jxl', 'a.dib'])
def test_a_picture_of_any_kind_is_tried(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert names(list_inputs([tmp_path]).images) == [name]


def test_the_decoder_is_asked_and_not_the_suffix(tmp_path: Path) -> None:
    film = write_film(tmp_path / 'film.mp4', 3)
    for name in ('film', 'film.dat', 'film.jpg'):
        (tmp_path / name).write_bytes(film.read_bytes())
    picture(tmp_path / 'photo')
    picture(tmp_path / 'photo.mp4')
    (tmp_path / 'text.jpg').write_text('neither')
    (tmp_path / 'text.mp4').write_text('neither')
    (tmp_path / 'phone.heic').write_bytes(b'\0\0\0\x18ftypheic' + film.read_bytes()[12:])
    assert {file.name for file in tmp_path.iterdir() if is_video(file)} == {
        *('film.mp4', 'film', 'film.dat', 'film.jpg', 'text.mp4')
    }
    found = list_inputs([tmp_path])
    assert names(found.images) == ['phone.heic', 'photo', 'photo.mp4', 'text.jpg']
    assert names(found.videos) == ['film.jpg', 'film.mp4', 'text.mp4']
    assert names(found.others) == ['film', 'film.dat']  # what is called nothing is asked for pictures alone
    assert names(list_inputs([tmp_path / 'film', tmp_path / 'film.dat']).videos) == ['film', 'film.dat']


@pytest.mark.parametrize('suffix', ['m4v', 'MTS', '3gp', 'wmv', 'mpg', 'ts', 'flv', 'mov', 'avi', 'mkv', 'webm'])
def test_videos_of_any_suffix_are_found(tmp_path: Path, suffix: str) -> None:
    film = write_film(tmp_path / f'film.{suffix}', 3)
    assert is_video(film) and list_inputs([tmp_path]).videos == [str(film)]


def test_inputs_that_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / '2024').mkdir()
    assert not is_video('2024')
    assert all(is_video(source) for source in ('film.MP4', '0', 'rtsp://camera/1'))
    assert not any(is_video(source) for source in ('photo.jpg', 'photos', 'a.0'))
    assert list_inputs(['0', 'rtsp://camera/1', '0']).videos == ['0', 'rtsp://camera/1']


@pytest.mark.parametrize(
    ('path', 'message'),
    [
        ('nowhere', 'no such file or folder'),
        ('empty', r'no image or video in .*empty \(0 other files; subfolders are not searched\)'),
        ('texts', r'no image or video in .*texts \(1 other files'),
        ('film.mp4', 'is a video, and images are read here'),
    ],
)
def test_input_without_images_is_refused(tmp_path: Path, path: str, message: str) -> None:
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'texts').mkdir()
    (tmp_path / 'texts' / 'a.txt').touch()
    (tmp_path / 'film.mp4').touch()
    with pytest.raises(InputError, match=message):
        list_images([tmp_path / path])


def test_several_inputs_are_listed_once_and_bad_ones_told(tmp_path: Path) -> None:
    for name in ('a.jpg', 'b.jpg', 'c[1].png', 'film.avi'):
        (tmp_path / name).touch()
    given = [tmp_path / 'c[1].png', tmp_path / '*.jpg', tmp_path, tmp_path / 'none.jpg', tmp_path / '*.bmp']
    images, videos, problems, others = list_inputs(given)
    assert names(images) == ['c[1].png', 'a.jpg', 'b.jpg'] and names(videos) == ['film.avi'] and not others
    assert len(problems) == 2 and 'no such file' in problems[0] and 'no file fits' in problems[1]
    assert 'film.avi is a video' in list_images(given).problems[-1]
    with pytest.raises(InputError, match=r'no file fits .*\.bmp'):
        list_inputs(given[-1:])


def test_a_file_reached_in_two_ways_is_listed_once(tmp_path: Path) -> None:
    (tmp_path / 'real').mkdir()
    (tmp_path / 'real' / 'a.jpg').touch()
    (tmp_path / 'link').symlink_to('real')
    given = [tmp_path / 'real/a.jpg', tmp_path / 'real/../real', tmp_path / 'link/a.jpg']
    assert list_inputs(given) == ([tmp_path / 'real/a.jpg'], [], [], [])


def test_a_link_to_nowhere_is_missed_and_what_cannot_be_looked_into_is_told(tmp_path: Path) -> None:
    (tmp_path / 'a.jpg').symlink_to('nowhere.jpg')
    assert list_inputs([tmp_path]).images == [tmp_path / 'a.jpg']
    (tmp_path / 'b.jpg').touch()
    images, _, problems, _ = list_inputs([tmp_path / 'b.jpg', 'x' * 1000, '~nobody.jpg'])
    assert problems.pop() == 'no such file or folder: ~nobody.jpg'
    assert images == [tmp_path / 'b.jpg'] and problems == [f'{"x" * 1000}: File name too long']

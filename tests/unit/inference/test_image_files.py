import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from unipose.inference import InputError, list_images, output_stems, prepare_output_folder, read_image, write_file


@pytest.fixture(scope='module')
def picture():
    """A picture whose orientation can be told, as RGB."""
    array = np.zeros((40, 60, 3), np.uint8)
    array[:20, :30], array[20:, 30:] = (200, 40, 40), (40, 40, 200)
    return Image.fromarray(array)


def bgr(picture):
    return np.asarray(picture)[..., ::-1].astype(int)


def turned(picture, path):
    """Saved lying on its side, with EXIF's word that it has to be turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.rotate(90, expand=True).save(path, exif=exif, quality=95)


@pytest.mark.parametrize(
    ('name', 'save', 'tolerance'),
    [
        ('plain.jpg', lambda picture, path: picture.save(path, quality=95), 4),
        ('progressive.jpg', lambda picture, path: picture.save(path, quality=95, progressive=True), 4),
        ('cmyk.jpg', lambda picture, path: picture.convert('CMYK').save(path, quality=95), 6),
        ('alpha.png', lambda picture, path: picture.convert('RGBA').save(path), 0),
        ('palette.png', lambda picture, path: picture.quantize(8).save(path), 2),
        ('picture.webp', lambda picture, path: picture.save(path, lossless=True), 0),
        ('picture.bmp', lambda picture, path: picture.save(path), 0),
        ('sixteen.png', lambda picture, path: cv2.imwrite(str(path), bgr(picture).astype(np.uint16) * 257), 0),
        ('sixteen.tif', lambda picture, path: cv2.imwrite(str(path), bgr(picture).astype(np.uint16) * 257), 0),
        ('turned.jpg', turned, 4),
    ],
)
def test_every_kind_of_file_becomes_8_bit_bgr(tmp_path, picture, name, save, tolerance):
    save(picture, tmp_path / name)
    image = read_image(tmp_path / name)
    assert (image.shape, image.dtype) == ((40, 60, 3), np.uint8)
    middle = np.s_[5:-5:10, 5:-5:10]  # away from edges, where JPEG rings
    assert np.abs(image.astype(int) - bgr(picture))[middle].max() <= tolerance


def test_grey_images_become_colour(tmp_path, picture):
    picture.convert('L').save(tmp_path / 'grey.png')
    image = read_image(tmp_path / 'grey.png')
    assert image.shape == (40, 60, 3)
    assert (image[..., 0] == image[..., 2]).all()


def test_one_pixel_and_bytes_after_the_end_are_fine(tmp_path, picture):
    picture.resize((1, 1)).save(tmp_path / 'one.png')
    assert read_image(tmp_path / 'one.png').shape == (1, 1, 3)
    picture.save(tmp_path / 'more.jpg')
    with (tmp_path / 'more.jpg').open('ab') as file:
        file.write(b'\0' * 300)
    assert read_image(tmp_path / 'more.jpg').shape == (40, 60, 3)


@pytest.mark.parametrize('name', ['cut.jpg', 'cut.png', 'cut.webp', 'cut.bmp', 'cut_progressive.jpg'])
def test_truncated_files_are_refused(tmp_path, name):
    """Among them those of which OpenCV would decode the first half."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    noise.save(tmp_path / name, **(dict(progressive=True) if 'progressive' in name else {}))
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=f'^{re.escape(str(tmp_path / name))}: '):
        read_image(tmp_path / name)


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('text.jpg', b'not an image at all', 'not an image'),
        ('empty.jpg', b'', 'the file is empty'),
        ('missing.jpg', None, 'No such file'),
        ('start.jpg', b'\xff\xd8\xff', 'start.jpg: '),
        ('start.png', b'\x89PNG\r\n\x1a\n', 'start.png: '),
    ],
)
def test_what_is_no_image_is_refused(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_image(tmp_path / name)


def test_a_folder_is_listed_in_order_without_other_files(tmp_path):
    for name in ('b.PNG', 'a.jpg', 'c.txt', 'd.webp'):
        (tmp_path / name).touch()
    (tmp_path / 'deep.jpg').mkdir()
    (tmp_path / 'deep.jpg' / 'e.jpg').touch()
    assert [path.name for path in list_images(tmp_path)] == ['a.jpg', 'b.PNG', 'd.webp']
    assert list_images(tmp_path / 'c.txt') == [tmp_path / 'c.txt']  # what is asked for by name is tried


@pytest.mark.parametrize(
    ('path', 'message'),
    [
        ('nowhere', 'no such file or folder'),
        ('empty', r'no image in .*empty \(0 other files; subfolders are not searched\)'),
        ('texts', r'no image in .*texts \(1 other files'),
        ('film.mp4', 'is a video.*ffmpeg'),
    ],
)
def test_input_without_images_is_refused(tmp_path, path, message):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'texts').mkdir()
    (tmp_path / 'texts' / 'a.txt').touch()
    (tmp_path / 'film.mp4').touch()
    with pytest.raises(InputError, match=message):
        list_images(tmp_path / path)


def test_no_two_images_have_one_output():
    paths = [Path(name) for name in ('a.jpg', 'A.png', 'b.jpg', 'c.d.jpg')]
    assert output_stems(paths) == ['a.jpg', 'A.png', 'b', 'c.d']


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    write_file(tmp_path / 'out.json', b'old')
    write_file(tmp_path / 'out.json', b'new')
    assert (tmp_path / 'out.json').read_bytes() == b'new'

    def fail(*_):
        raise OSError('disk full')

    monkeypatch.setattr('os.replace', fail)
    with pytest.raises(OSError, match='disk full'):
        write_file(tmp_path / 'out.json', b'half')
    assert (tmp_path / 'out.json').read_bytes() == b'new'
    assert [path.name for path in tmp_path.iterdir()] == ['out.json']


def test_output_folders_are_made_and_tried(tmp_path):
    prepare_output_folder(tmp_path / 'a' / 'b', [tmp_path / 'x.jpg'])
    assert not list((tmp_path / 'a' / 'b').iterdir())
    with pytest.raises(ValueError, match='among the input'):
        prepare_output_folder(tmp_path / 'a' / '..', [tmp_path / 'x.jpg'])
    (tmp_path / 'file').touch()
    for folder in (tmp_path / 'file', tmp_path / 'file' / 'below'):
        with pytest.raises(OSError, match='cannot write to .*file.*give another folder'):
            prepare_output_folder(folder, [])

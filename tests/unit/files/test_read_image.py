import errno
import os
import re
import resource
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, features

from unipose.commands.check.pictures import look_at
from unipose.files import DamagedImageError, read_image

AVIF = pytest.mark.skipif(not features.check('avif'), reason='this Pillow has no AVIF')


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
        ('picture.jfif', lambda picture, path: picture.save(path, 'JPEG', quality=95), 4),
        ('picture.ppm', lambda picture, path: picture.save(path), 0),
        ('picture.dib', lambda picture, path: picture.save(path), 0),
        ('picture.jp2', lambda picture, path: picture.save(path), 0),
        pytest.param('picture.avif', lambda picture, path: picture.save(path, quality=95), 6, marks=AVIF),
        pytest.param('turned.avif', turned, 6, marks=AVIF),
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
    for trailer in (b'\0' * 300, np.random.default_rng(0).bytes(3000)):  # padding, a phone's video
        for name, options in (('more.jpg', {}), ('more_progressive.jpg', dict(progressive=True)), ('more.png', {})):
            picture.save(tmp_path / name, **options)
            with (tmp_path / name).open('ab') as file:
                file.write(trailer)
            assert read_image(tmp_path / name).shape == (40, 60, 3)


def test_the_end_of_a_preview_is_not_the_pictures(tmp_path, picture):
    picture.save(tmp_path / 'small.jpg')
    exif = Image.Exif()
    exif[0x927C] = (tmp_path / 'small.jpg').read_bytes()  # a maker's note
    picture.resize((600, 400)).save(tmp_path / 'cut.jpg', exif=exif)
    content = (tmp_path / 'cut.jpg').read_bytes()
    assert content.count(b'\xff\xd9') == 2
    (tmp_path / 'cut.jpg').write_bytes(content[:-200])
    with pytest.raises(ValueError, match=r'cut\.jpg: truncated'):
        read_image(tmp_path / 'cut.jpg')


@pytest.mark.parametrize('name', ['cut.jpg', 'cut.png', 'cut.webp', 'cut.bmp', 'cut_progressive.jpg', 'cut.jp2'])
def test_truncated_files_are_refused(tmp_path, name):
    """Among them those of which OpenCV would decode the first half."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    noise.save(tmp_path / name, **(dict(progressive=True) if 'progressive' in name else {}))
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=f'^{re.escape(str(tmp_path / name))}: '):
        read_image(tmp_path / name)


def test_images_too_large_to_decode_are_refused(tmp_path):
    chunks = (b'IHDR' + struct.pack('>IIBBBBB', 40000, 30000, 8, 2, 0, 0, 0), b'IDAT', b'IEND')
    parts = [struct.pack('>I', len(chunk) - 4) + chunk + struct.pack('>I', zlib.crc32(chunk)) for chunk in chunks]
    (tmp_path / 'large.png').write_bytes(b'\x89PNG\r\n\x1a\n' + b''.join(parts))
    with pytest.raises(ValueError, match=r'large\.png: more pixels than OpenCV takes'):
        read_image(tmp_path / 'large.png')


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


@pytest.fixture
def exhausted():
    """No file can be opened any more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    next_one = os.open(os.devnull, os.O_RDONLY)
    os.close(next_one)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_one, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize('read', [read_image, look_at])
def test_exhausted_descriptors_are_no_damage(tmp_path, picture, exhausted, read):
    with pytest.raises(OSError, match=r'fine\.jpg: Too many open files; .*ulimit -n 4096.*fewer workers'):
        read(tmp_path / 'fine.jpg')


@pytest.mark.parametrize(
    ('code', 'remedy'),
    [('ENFILE', 'fewer workers'), ('ENOMEM', 'fewer workers'), ('EIO', '--resume'), ('ESTALE', '--resume')],
)
def test_what_the_machine_is_to_blame_for_is_no_damage(tmp_path, monkeypatch, code, remedy):
    def fail(path):
        number = getattr(errno, code)
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, 'read_bytes', fail)
    with pytest.raises(OSError, match=rf'fine\.jpg: .*{remedy}'):
        read_image(tmp_path / 'fine.jpg')


def test_a_picture_that_memory_does_not_hold_is_no_damage(tmp_path, picture, monkeypatch):
    picture.save(tmp_path / 'fine.jpg')

    def fail(*_):
        error = cv2.error()
        error.code, error.err = cv2.Error.StsNoMem, 'Failed to allocate 192000000 bytes'
        raise error

    monkeypatch.setattr(cv2, 'imdecode', fail)
    with pytest.raises(OSError, match=r'fine\.jpg: Failed to allocate .*fewer workers'):
        read_image(tmp_path / 'fine.jpg')


def test_what_a_file_is_to_blame_for_is_damage(tmp_path):
    for path in (tmp_path, tmp_path / 'missing.jpg', tmp_path / ('long' * 100), Path(__file__) / 'below.jpg'):
        with pytest.raises(DamagedImageError):
            read_image(path)

"""An image's size without decoding it is that of the image as it is read."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, features

from unipose.files import DamagedImageError, read_image
from unipose.files.read_image_size import read_image_size

ORIENTATION = 0x0112
AVIF = pytest.mark.skipif(not features.check('avif'), reason='this Pillow has no AVIF')


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp', 'tif', pytest.param('avif', marks=AVIF)])
def test_images_are_turned_as_they_are_read(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / f'turned.{suffix}'
    Image.new('RGB', (30, 20)).save(path, exif=exif)
    height, width = read_image(path).shape[:2]
    assert read_image_size(path) == (width, height) == ((30, 20) if orientation < 5 else (20, 30))


@pytest.mark.filterwarnings('ignore:Corrupt EXIF data')
@pytest.mark.parametrize('options', [dict(), dict(exif=b'Exif\0\0II*\0broken')], ids=['without EXIF', 'broken EXIF'])
def test_images_that_do_not_say(tmp_path: Path, options: dict) -> None:
    Image.new('RGB', (30, 20)).save(tmp_path / 'a.jpg', **options)
    assert read_image_size(tmp_path / 'a.jpg') == (30, 20)


@pytest.mark.parametrize('content', [b'', b'text', b'\x89PNG\r\n\x1a\n'])
def test_what_is_no_image(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'a.jpg').write_bytes(content)
    with pytest.raises(DamagedImageError, match=r'a\.jpg: '):
        read_image_size(tmp_path / 'a.jpg')


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DamagedImageError, match=r'a\.jpg: No such file'):
        read_image_size(tmp_path / 'a.jpg')


def test_what_opencv_alone_reads_has_the_size_it_reads(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'a.hdr'), np.ones((20, 30, 3), np.float32))
    assert read_image_size(tmp_path / 'a.hdr') == read_image(tmp_path / 'a.hdr').shape[1::-1] == (30, 20)

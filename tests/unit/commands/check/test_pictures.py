"""Images: read as training reads them, EXIF included; the same picture is known in another encoding or size."""

import io
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from unipose.commands.check.annotated_set import AnnotatedSet, Picture
from unipose.commands.check.pictures import Look, check_pictures, look_at, look_at_all
from unipose.commands.check.shared_pictures import check_shared


def set_of(name: str, *paths: Path, size: tuple | None = None) -> AnnotatedSet:
    pictures = [Picture(number, path, size, True) for number, path in enumerate(paths)]
    return AnnotatedSet(name, None, pictures=pictures)


@pytest.fixture
def image(synthetic: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(synthetic / 'coco/train2017/000000000001.jpg', tmp_path / 'image.jpg'))


def test_a_turned_image_has_the_size_that_one_sees(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    content = io.BytesIO()
    Image.new('RGB', (80, 60)).save(content, 'JPEG', exif=exif)
    path = tmp_path / 'turned.jpg'
    path.write_bytes(content.getvalue())
    checked = set_of('train', path, size=(80, 60))
    check_pictures(checked, look_at_all([checked], 1))
    assert [tuple(finding) for finding in checked.findings] == [
        ('image-size', 'train', str(path), '60x80, not 80x60, width and height swapped')
    ]
    checked = set_of('train', path)
    check_pictures(checked, look_at_all([checked], 1))
    assert checked.findings == [] and checked.pictures[0].size == (60, 80)


def test_images_without_people_are_not_read(tmp_path: Path) -> None:
    checked = set_of('train', tmp_path / 'missing.jpg')
    checked.pictures[0].has_people = False
    assert look_at_all([checked], 1) == {}
    check_pictures(checked, {})
    assert [finding.kind for finding in checked.findings] == ['no-people']


@pytest.mark.parametrize(('quality', 'scale'), [(60, 1.0), (85, 0.5), (90, 1.5)])
def test_a_picture_encoded_anew(image: Path, synthetic: Path, tmp_path: Path, quality: int, scale: float) -> None:
    copy = tmp_path / 'copy.jpg'
    pixels = cv2.resize(cv2.imread(str(image)), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(copy), pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    others = sorted((synthetic / 'coco/val2017').iterdir())
    train, val = set_of('train', *sorted((synthetic / 'coco/train2017').iterdir())), set_of('val', *others, copy)
    check_shared([train], [val], look_at_all([train, val], 2))
    (found,) = val.findings
    assert found.where == str(copy)
    assert found.what.startswith('the same picture, encoded anew: ') and '000000000001.jpg of train' in found.what


def test_the_same_file_without_reading_it(image: Path, tmp_path: Path) -> None:
    link = tmp_path / 'link.jpg'
    link.symlink_to(image)
    train, val = set_of('train', image), set_of('val', link)
    check_shared([train], [val], {})
    assert [finding.what for finding in val.findings] == [f'the same file: {image} of train, with the same image id 0']


def test_flat_pictures_of_other_colours_differ(tmp_path: Path) -> None:
    for name, grey in (('dark.png', 20), ('light.png', 200)):
        cv2.imwrite(str(tmp_path / name), np.full((40, 40, 3), grey, np.uint8))
    train, val = set_of('train', tmp_path / 'dark.png'), set_of('val', tmp_path / 'light.png')
    check_shared([train], [val], look_at_all([train, val], 1))
    assert val.findings == []


def test_what_is_wrong_with_a_file_is_said(image: Path, tmp_path: Path) -> None:
    assert isinstance(look_at(image), Look)
    image.write_text('text')
    assert 'not an image' in look_at(image)
    assert 'No such file' in look_at(tmp_path / 'missing.jpg')

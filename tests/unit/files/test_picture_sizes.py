from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unipose.files import picture_sizes
from unipose.files.picture_sizes import wrong_sizes

_ORIENTATION = 0x0112


def picture(path: Path, orientation: int = 1) -> str:
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    Image.new('RGB', (40, 30)).save(path, exif=exif)
    return str(path)


def test_sizes_are_as_one_sees_them(tmp_path: Path) -> None:
    paths = [picture(tmp_path / 'a.jpg'), picture(tmp_path / 'b.jpg', 6)]
    assert wrong_sizes(paths, np.array([[40, 30], [30, 40.0]])) == []
    turned, other = wrong_sizes(paths, np.array([[30, 40], [40.5, 30]]))
    assert turned == ('image-size', paths[0], '40x30, not 30x40, width and height swapped')
    assert other == ('image-size', paths[1], '30x40, not 40.5x30')


def test_nothing_is_said_of_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / 'text.jpg').write_text('no picture')
    paths = [str(tmp_path / name) for name in ('text.jpg', 'none.jpg')]
    assert wrong_sizes(paths, np.ones((2, 2))) == []


def test_what_counts_is_the_decoded_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_sizes, 'read_image_size', lambda path: (99, 99))
    assert wrong_sizes([picture(tmp_path / 'a.jpg')], np.array([[40, 30]])) == []

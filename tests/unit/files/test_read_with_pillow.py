"""What Pillow reads in OpenCV's place: also with a plug-in, and nothing that it cannot tell from rubbish."""

import io
import sys

import numpy as np
import pytest
from PIL import Image

from unipose.files import DamagedImageError, read_image, read_with_pillow
from unipose.files.read_with_pillow import plug_in_for, register_plug_ins


@pytest.fixture
def fresh():
    """Plug-ins are looked for anew."""
    register_plug_ins.cache_clear()
    yield
    register_plug_ins.cache_clear()


def content(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((20, 30, 3), (200, 90, 10), np.uint8)).save(stream, kind)
    return stream.getvalue()


def test_pixels_are_bgr() -> None:
    image = read_with_pillow.read_with_pillow(content('DIB'))
    assert image.shape == (20, 30, 3) and image[3, 4].tolist() == [10, 90, 200]


@pytest.mark.parametrize('kind', ['TGA', 'EPS', 'PNG'])
def test_formats_that_are_not_asked_for_are_left_alone(kind: str) -> None:
    assert read_with_pillow.read_with_pillow(content(kind)) is None


def test_an_installed_plug_in_is_taken(fresh, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    class PlugIn:
        @staticmethod
        def register_heif_opener() -> None:
            Image.register_open('HEIF', lambda stream, name: Image.open(io.BytesIO(content('BMP'))), is_heic)

    def is_heic(start: bytes) -> bool:
        return start[4:12] == b'ftypheic'

    before = dict(Image.OPEN), list(Image.ID)
    (tmp_path / 'a.heic').write_bytes(b'\0\0\0\x18ftypheic' + bytes(100))
    with pytest.raises(DamagedImageError, match=r'a\.heic: .* without Pillow and pillow-heif \(pip\)'):
        read_image(tmp_path / 'a.heic')
    monkeypatch.setitem(sys.modules, 'pillow_heif', PlugIn)
    register_plug_ins.cache_clear()
    try:
        assert read_image(tmp_path / 'a.heic')[3, 4].tolist() == [10, 90, 200]
    finally:
        Image.OPEN, Image.ID[:] = before


def test_without_pillow_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = content('DIB')
    monkeypatch.setitem(sys.modules, 'PIL', None)
    assert read_with_pillow.read_with_pillow(picture) is None


@pytest.mark.parametrize(
    ('start', 'package'),
    [
        (b'\0\0\0\x18ftypheic', 'pillow-heif'),
        (b'\0\0\0\x1cftypmif1', 'pillow-heif'),
        (b'\0\0\0\x1cftypavif', 'pillow-avif-plugin'),
        (b'\0\0\0\x0cJXL \r\n\x87\n', 'pillow-jxl-plugin'),
        (b'\xff\x0a\0\0', 'pillow-jxl-plugin'),
        (b'\0\0\0\x18ftypmp42', None),
        (b'\xff\xd8\xff\xe0', None),
        (b'', None),
    ],
)
def test_the_package_that_is_missing_is_told(start: bytes, package: str | None) -> None:
    assert plug_in_for(start) == package

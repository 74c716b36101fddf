import cv2
import numpy as np
import pytest

from unipose.media import encode_picture


@pytest.mark.parametrize(('width', 'suffix'), [(65_500, '.jpg'), (65_501, '.png')])
def test_a_picture_that_is_too_wide_for_jpeg_is_a_png(width: int, suffix: str) -> None:
    found, content = encode_picture(np.zeros((2, width, 3), np.uint8))
    assert found == suffix
    assert cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR).shape == (2, width, 3)


def test_an_empty_file_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, 'imencode', lambda *_: (False, np.zeros(0, np.uint8)))
    with pytest.raises(ValueError, match='cannot write a picture of 4x2 pixels as .jpg'):
        encode_picture(np.zeros((2, 4, 3), np.uint8))

import numpy as np
import pytest

from unipose.files.box_in_picture import outside


@pytest.mark.parametrize('box', [[-50, 0, -1, 9], [40, 0, 50, 9], [0, -9, 9, 0], [0, 30, 9, 39]])
def test_a_box_beside_its_picture_is_told(box: list[float]) -> None:
    corners = [float(value) for value in box]
    told = outside('annotation 7', np.array(box, np.float32), (40, 30))
    assert told == ('box-outside', 'annotation 7', f'box {corners} (x1, y1, x2, y2), image 40x30')
    assert outside('annotation 7', np.array([-50, -50, 1, 1]), (40, 30)) is None

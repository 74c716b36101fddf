"""What is said of annotation files when a dataset is read."""

from pathlib import Path

import numpy as np
import pytest

from unipose.datasets.heed import heed_sizes
from unipose.files import picture_sizes
from unipose.files.coco import AnnotationError
from unipose.files.coco.images import Images

NUMBER = 1000


@pytest.fixture
def images() -> Images:
    images = Images('', lambda *remark: None)
    for number in range(NUMBER):
        images.add(dict(id=number, file_name=f'{number}.jpg', width=40, height=30))
    return images


@pytest.mark.parametrize(('wrong', 'refused'), [(0, False), (1, False), (20, True), (NUMBER, True)])
def test_a_spread_of_sizes_is_compared_and_few_wrong_ones_end_nothing(
    images: Images, monkeypatch: pytest.MonkeyPatch, wrong: int, refused: bool
) -> None:
    asked = []

    def size(path: str) -> tuple[int, int]:
        asked.append(path)
        return (40, 30) if int(Path(path).stem) >= wrong else (30, 40)

    monkeypatch.setattr(picture_sizes, '_size', size)
    monkeypatch.setattr(picture_sizes, '_decoded', size)
    places = np.repeat(np.arange(NUMBER), 2)
    if refused:
        with pytest.raises(AnnotationError, match='0.jpg: 30x40, not 40x30, width and height swapped'):
            heed_sizes('people.json', images, places)
    else:
        heed_sizes('people.json', images, places)
    assert len(set(asked)) == 256


def test_of_nobody_nothing_is_compared(images: Images) -> None:
    heed_sizes('people.json', images, np.zeros(0, np.int64))

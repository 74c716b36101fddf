from pathlib import Path

import cv2
import numpy as np
import pytest

from unipose.datasets.transforms import LoadCheckedImage
from unipose.files import DamagedImageError, read_image

IMAGE = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)


def write(path: Path, suffix: str = '.jpg', keep: float = 1.0, tail: bytes = b'') -> str:
    content = cv2.imencode(suffix, IMAGE)[1].tobytes()
    path.write_bytes(content[: int(len(content) * keep)] + tail)
    return str(path)


def load(path: str) -> dict:
    return LoadCheckedImage().transform(dict(img_path=path))


@pytest.mark.parametrize('tail', [b'', b'\0' * 300], ids=['whole', 'padded'])
def test_whole_images_load(tmp_path: Path, tail: bytes) -> None:
    results = load(write(tmp_path / 'a.jpg', tail=tail))
    assert results['img'].shape == (40, 60, 3) and results['img_shape'] == results['ori_shape'] == (40, 60)
    assert (load(write(tmp_path / 'a.png', '.png'))['img'] == IMAGE).all()


@pytest.mark.parametrize('keep', [0.0, 0.01, 0.5, 0.99])
def test_truncated_jpegs_are_noticed(tmp_path: Path, keep: float) -> None:
    with pytest.raises(DamagedImageError, match='a.jpg'):
        load(write(tmp_path / 'a.jpg', keep=keep))


def test_what_is_no_image_is_named(tmp_path: Path) -> None:
    (tmp_path / 'text.jpg').write_text('hello')
    for path, message in ((tmp_path / 'text.jpg', 'not an image'), (tmp_path / 'none.jpg', 'No such file')):
        with pytest.raises(DamagedImageError, match=message):
            load(str(path))


def test_an_image_of_another_size_than_annotated_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path / 'a.jpg')
    loader = LoadCheckedImage()
    assert loader.transform(dict(img_path=path, annotated_shape=(40, 60)))['img_shape'] == (40, 60)
    with pytest.raises(DamagedImageError, match='a.jpg: 60x40 pixels as EXIF turns it, but annotated as 40x60'):
        loader.transform(dict(img_path=path, annotated_shape=(60, 40)))


def test_an_image_is_kept_for_the_next_person_in_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = write(tmp_path / 'a.png', '.png'), write(tmp_path / 'b.jpg')
    read = []
    monkeypatch.setattr(
        'unipose.datasets.transforms.load_checked_image.read_image',
        lambda path: read.append(path) or read_image(path),
    )
    loader, plain = LoadCheckedImage(keep=True), LoadCheckedImage()
    images = [loader.transform(dict(img_path=path))['img'] for path in (a, a, b, b, a)]
    assert read == [a, b, a]
    for path, image in zip((a, a, b, b, a), images, strict=True):
        assert (image == plain.transform(dict(img_path=path))['img']).all()
    assert read[3:] == [a, a, b, b, a]


def test_a_kept_image_is_not_written_into(tmp_path: Path) -> None:
    path = write(tmp_path / 'a.jpg')
    with pytest.raises(ValueError, match='read-only'):
        LoadCheckedImage(keep=True).transform(dict(img_path=path))['img'][0] = 0
    load(path)['img'][0] = 0


def test_a_damaged_image_takes_no_kept_ones_place(tmp_path: Path) -> None:
    loader, cut = LoadCheckedImage(keep=True), write(tmp_path / 'cut.jpg', keep=0.5)
    whole = write(tmp_path / 'a.jpg')
    loader.transform(dict(img_path=whole))
    for _ in range(2):
        with pytest.raises(DamagedImageError, match='cut.jpg'):
            loader.transform(dict(img_path=cut))
    assert loader.transform(dict(img_path=whole))['img_shape'] == (40, 60)
    with pytest.raises(DamagedImageError, match='annotated as 40x60'):
        loader.transform(dict(img_path=whole, annotated_shape=(60, 40)))

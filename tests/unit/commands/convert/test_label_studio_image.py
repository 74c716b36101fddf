"""The image of a Label Studio task, as tasks name theirs."""

from pathlib import Path

import pytest

from unipose.commands.convert.label_studio_image import find_image

FILES = ('a.jpg', 'day 1/b.jpg', '1a2b3c4d-c.jpg')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ('data', 'name'),
    [
        (dict(image='/data/upload/18/a.jpg'), 'a.jpg'),
        (dict(image='/data/upload/18/1a2b3c4d-a.jpg'), 'a.jpg'),
        (dict(image='/data/upload/18/1a2b3c4d-c.jpg'), '1a2b3c4d-c.jpg'),
        (dict(image='/data/local-files/?d=photos/day%201/b.jpg'), 'day 1/b.jpg'),
        (dict(image='s3://bucket/day 1/b.jpg'), 'day 1/b.jpg'),
        (dict(image='https://host/day%201/b.jpg?token=1'), 'day 1/b.jpg'),
        (dict(image='../../a.jpg'), 'a.jpg'),
        (dict(photo='a.jpg', text='words', number=3), 'a.jpg'),
        (dict(image='a.jpg', mask='b.png'), 'a.jpg'),
        (dict(front='a.jpg', back='day 1/b.jpg'), None),
        (dict(image='gone.jpg'), None),
        (dict(text='words'), None),
        ({}, None),
    ],
)
def test_images_are_found_by_as_much_of_their_path_as_there_is(folder: Path, data: dict, name: str | None) -> None:
    assert find_image(dict(data=data), folder) == (name and folder / name)

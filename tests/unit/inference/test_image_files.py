from pathlib import Path

import pytest

from unipose.inference import InputError, list_images, list_inputs, output_stems, prepare_output_folder


def test_a_folder_is_listed_in_order_without_other_files(tmp_path):
    for name in ('b.PNG', 'a.jpg', 'c.txt', 'd.webp'):
        (tmp_path / name).touch()
    (tmp_path / 'deep.jpg').mkdir()
    (tmp_path / 'deep.jpg' / 'e.jpg').touch()
    assert [path.name for path in list_images(tmp_path)] == ['a.jpg', 'b.PNG', 'd.webp']
    assert list_images(tmp_path / 'c.txt') == [tmp_path / 'c.txt']  # what is asked for by name is tried


@pytest.mark.parametrize(
    ('path', 'message'),
    [
        ('nowhere', 'no such file or folder'),
        ('empty', r'no image in .*empty \(0 other files; subfolders are not searched\)'),
        ('texts', r'no image in .*texts \(1 other files'),
        ('film.mp4', 'is a video'),
    ],
)
def test_input_without_images_is_refused(tmp_path, path, message):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'texts').mkdir()
    (tmp_path / 'texts' / 'a.txt').touch()
    (tmp_path / 'film.mp4').touch()
    with pytest.raises(InputError, match=message):
        list_images(tmp_path / path)


def test_several_inputs_are_listed_once_and_bad_ones_told(tmp_path):
    for name in ('a.jpg', 'b.jpg', 'c[1].png'):
        (tmp_path / name).touch()
    given = [tmp_path / 'c[1].png', tmp_path / '*.jpg', tmp_path, tmp_path / 'none.jpg', tmp_path / '*.bmp']
    images, problems = list_inputs(given)
    assert [path.name for path in images] == ['c[1].png', 'a.jpg', 'b.jpg']
    assert len(problems) == 2 and 'no such file' in problems[0] and 'no file fits' in problems[1]
    with pytest.raises(InputError, match=r'no file fits .*\.bmp'):
        list_inputs(given[-1:])


def test_no_two_images_have_one_output():
    paths = [Path(name) for name in ('a.jpg', 'A.png', 'b.jpg', 'c.d.jpg')]
    assert output_stems(paths) == ['a.jpg', 'A.png', 'b', 'c.d']


def test_output_folders_are_made_and_tried(tmp_path):
    prepare_output_folder(tmp_path / 'a' / 'b', [tmp_path / 'x.jpg'])
    assert not list((tmp_path / 'a' / 'b').iterdir())
    with pytest.raises(ValueError, match='among the input'):
        prepare_output_folder(tmp_path / 'a' / '..', [tmp_path / 'x.jpg'])
    (tmp_path / 'file').touch()
    for folder in (tmp_path / 'file', tmp_path / 'file' / 'below'):
        with pytest.raises(OSError, match='cannot write to .*file.*give another folder'):
            prepare_output_folder(folder, [])

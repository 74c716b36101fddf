from pathlib import Path

import pytest

from unipose.media import InputError, list_images, list_inputs, output_stems, prepare_output_file, prepare_output_folder


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


@pytest.mark.parametrize(
    ('paths', 'stems'),
    [
        (('a.jpg', 'a.png', 'a.jpg.png'), ['a.jpg', 'a.png', 'a.jpg.png']),
        (('/x/a.jpg', '/y/A.jpg', 'b.jpg'), ['x_a.jpg', 'y_A.jpg', 'b']),
        (('/x/1/a.jpg', '/y/1/a.jpg', '/z/a.jpg'), ['x_1_a.jpg', 'y_1_a.jpg', 'z_a.jpg']),
        (('a.jpg', 'x/a.jpg'), ['a.jpg', 'x_a.jpg']),
        (('x/a_b.jpg', 'y/a_b.jpg', 'x_a/b.jpg', 'b.jpg'), ['0_x_a_b.jpg', 'y_a_b.jpg', '2_x_a_b.jpg', 'b.jpg']),
        ((), []),
    ],
)
def test_outputs_of_the_same_names_are_told_apart(paths, stems):
    assert output_stems([Path(path) for path in paths]) == stems


def test_a_file_reached_in_two_ways_is_listed_once(tmp_path):
    (tmp_path / 'real').mkdir()
    (tmp_path / 'real' / 'a.jpg').touch()
    (tmp_path / 'link').symlink_to('real')
    given = [tmp_path / 'real/a.jpg', tmp_path / 'real/../real', tmp_path / 'link/a.jpg']
    assert list_inputs(given) == ([tmp_path / 'real/a.jpg'], [])


def test_a_link_to_nowhere_is_missed_and_what_cannot_be_looked_into_is_told(tmp_path):
    (tmp_path / 'a.jpg').symlink_to('nowhere.jpg')
    assert list_images(tmp_path) == [tmp_path / 'a.jpg']
    (tmp_path / 'b.jpg').touch()
    images, problems = list_inputs([tmp_path / 'b.jpg', 'x' * 1000, '~nobody.jpg'])
    assert problems.pop() == 'no such file or folder: ~nobody.jpg'
    assert images == [tmp_path / 'b.jpg'] and problems == [f'{"x" * 1000}: File name too long']


def test_results_do_not_take_the_place_of_the_input(tmp_path):
    (tmp_path / 'a.jpg').touch()
    prepare_output_file(tmp_path / 'b.json', [tmp_path / 'a.jpg'])
    with pytest.raises(ValueError, match=r'over the input .*a\.jpg'):
        prepare_output_file(tmp_path / 'x' / '..' / 'a.jpg', [tmp_path / 'a.jpg'])
    with pytest.raises(OSError, match='it is a folder'):
        prepare_output_file(tmp_path, [])


def test_output_folders_are_made_and_tried(tmp_path):
    prepare_output_folder(tmp_path / 'a' / 'b', [tmp_path / 'x.jpg'])
    assert not list((tmp_path / 'a' / 'b').iterdir())
    with pytest.raises(ValueError, match='among the input'):
        prepare_output_folder(tmp_path / 'a' / '..', [tmp_path / 'x.jpg'])
    (tmp_path / 'links').mkdir()
    (tmp_path / 'links' / 'x.jpg').symlink_to(tmp_path / 'x.jpg')
    with pytest.raises(ValueError, match='among the input'):
        prepare_output_folder(tmp_path / 'links', [tmp_path / 'links' / 'x.jpg'])
    (tmp_path / 'file').touch()
    for folder in (tmp_path / 'file', tmp_path / 'file' / 'below'):
        with pytest.raises(OSError, match='cannot write to .*file.*give another folder'):
            prepare_output_folder(folder, [])

from pathlib import Path

import pytest

from unipose.media import output_stems, prepare_output_file, prepare_output_folder


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

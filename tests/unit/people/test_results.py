import dataclasses
import json
import os

import numpy as np
import pytest

from unipose.people import CocoResults, KeypointTable, Person
from unipose.people.person import frame_to_json
from unipose.skeletons.skeleton import Keypoint, Skeleton

PERSON = Person(np.zeros((2, 2), np.float32), np.ones(2, np.float32), np.array([1, 2, 11, 22], np.float32))


def test_every_image_has_an_id_of_its_own(tmp_path):
    names = ['b.jpg', '000785.jpg', '0.jpg', 'x/785.jpg', 'c.jpg']
    with CocoResults(tmp_path / 'results.json') as results:
        for name in names:
            results.add(name, [PERSON, PERSON])
    written = json.loads((tmp_path / 'results.json').read_text())
    assert [one['file_name'] for one in written[::2]] == names
    assert [one['image_id'] for one in written[::2]] == [one['image_id'] for one in written[1::2]]
    assert [one['image_id'] for one in written[::2]] == [0, 785, 1, 786, 4]
    assert written[0]['box'] == [1, 2, 10, 20] and 'bbox' not in written[0] and written[0]['score'] == 1


def test_a_file_name_that_is_no_text_is_written_as_it_is(tmp_path):
    skeleton = Skeleton('pair', (Keypoint('a', 0.1), Keypoint('b', 0.1)))
    with KeypointTable(tmp_path / 'table.csv', skeleton) as table:
        table.add(os.fsdecode(b'\xff.jpg'), [PERSON])
    assert (tmp_path / 'table.csv').read_bytes().splitlines()[1] == b'\xff.jpg,0,a,0.00,0.00,1.0000'


def test_who_has_an_id_keeps_it(tmp_path):
    skeleton = Skeleton('pair', (Keypoint('a', 0.1), Keypoint('b', 0.1)))
    people = [dataclasses.replace(PERSON, track_id=7), PERSON]
    with CocoResults(tmp_path / 'results.json') as results, KeypointTable(tmp_path / 't', skeleton, True) as table:
        for result in (results, table):
            result.add('0', people)
    written = json.loads((tmp_path / 'results.json').read_text())
    assert written[0]['track_id'] == 7 and 'track_id' not in written[1]
    head, *lines = (tmp_path / 't').read_text().splitlines()
    assert head == 'image,person,keypoint,x,y,score,track_id'
    assert [line.split(',')[-1] for line in lines] == ['7', '7', '', '']
    assert json.loads(frame_to_json(people, 3, 0.12))['instances'][0]['track_id'] == 7
    assert 'track_id' not in people[1].to_instance()


@pytest.mark.parametrize('kind', [CocoResults, lambda path: KeypointTable(path, None)])
def test_what_breaks_off_leaves_the_older_file(tmp_path, kind):
    (tmp_path / 'results').write_text('older')
    with pytest.raises(RuntimeError), kind(tmp_path / 'results'):
        raise RuntimeError
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [('results', 'older')]

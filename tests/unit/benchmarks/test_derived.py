"""Midpoints are measured in heads and torsos."""

import json
from pathlib import Path

import numpy as np

from benchmarks.derived.people import People, mpii_people, synthetic_people

# isort: split
from benchmarks.derived.measure import HIPS, SHOULDERS, row, table
from unipose.skeletons import load_skeleton

MPII = load_skeleton('mpii')


def somebody(**places: tuple[float, float]) -> People:
    """Two equal people with a head of 10 px and a torso of 20 px; what is not named lies at (50, 50)."""
    upright = dict(
        head_top=(50.0, 10.0),
        upper_neck=(50.0, 20.0),
        left_shoulder=(60.0, 25.0),
        right_shoulder=(40.0, 25.0),
        left_hip=(55.0, 45.0),
        right_hip=(45.0, 45.0),
    )
    xy = np.array([{**upright, **places}.get(name, (50.0, 50.0)) for name in MPII.names])
    return People(MPII, np.stack([xy, xy]), np.ones((2, 16), bool))


def test_a_distance_worked_out_by_hand() -> None:
    truth = somebody(pelvis=(50.0, 46.0))
    found = row(truth, truth, 'pelvis', HIPS)
    assert found == ['2', '0.100', '0.100', '0.050', '0.100', '0.000', '1.000', '0.000']


def test_ends_that_are_off_are_told() -> None:
    shifted = somebody(left_shoulder=(63.0, 25.0), right_shoulder=(43.0, 25.0))
    assert row(shifted, somebody(thorax=(50.0, 25.0)), 'thorax', SHOULDERS)[-1] == '0.300'


def test_people_of_whom_a_place_is_unknown_do_not_count() -> None:
    people = somebody(pelvis=(50.0, 45.0))
    people.known[1, MPII.index('left_hip')] = False
    assert row(people, people, 'pelvis', HIPS)[0] == '1'


def test_synthetic_pelvis_lies_between_mpiis_hips() -> None:
    people = synthetic_people(4)
    _, pelvis, *_ = table({name: (found, people['mpii']) for name, found in people.items()}).splitlines()
    assert float(row(people['mpii'], people['mpii'], 'pelvis', HIPS)[1]) < 0.01
    assert pelvis.startswith('mpii')


def test_mpiis_file_is_read_from_its_first_pixel(tmp_path: Path) -> None:
    file = tmp_path / 'mpii_train.json'
    file.write_text(json.dumps([dict(image='a.jpg', joints=[[1.0, 2.0]] * 16, joints_vis=[1] * 15 + [0])]))
    people, images = mpii_people(file)
    assert images == ['a.jpg'] and people.places[0, 0].tolist() == [0.0, 1.0] and not people.known[0, 15]

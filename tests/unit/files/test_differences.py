import pytest

from unipose.files.differences import differences

CACHED = dict(
    pipeline=[dict(type='Flip'), dict(type='Scale', factor=[0.6, 1.4])], canvas=(256, 256), teachers=dict(a=1)
)


@pytest.mark.parametrize(
    ('change', 'expected'),
    [
        ({}, []),
        (dict(canvas=[256, 256]), []),
        (dict(canvas=[192, 256]), ['canvas[0]: stored 256, wanted 192']),
        (dict(teachers=dict(a=1, b=2)), ['teachers.b: stored has none, wanted 2']),
        (dict(teachers={}), ['teachers.a: stored 1, wanted has none']),
        (
            dict(pipeline=[dict(type='Flip')]),
            ["pipeline[1]: stored {'type': 'Scale', 'factor': [0.6, 1.4]}, wanted has none"],
        ),
    ],
)
def test_places_and_values_are_named(change: dict, expected: list[str]) -> None:
    assert differences(CACHED, CACHED | change) == expected


def test_long_values_are_cut() -> None:
    [line] = differences('x' * 100, 'y')
    assert len(line) < 100 and '...' in line

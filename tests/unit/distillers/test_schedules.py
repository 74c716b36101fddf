import pytest

from unipose.distillers.schedules import build_schedule


@pytest.mark.parametrize(
    ('spec', 'expected'),
    [
        (None, [1, 1, 1]),
        ('constant', [1, 1, 1]),
        ('linear', [1, 0.5, 0]),
        (dict(type='linear', end=0.2), [1, 0.6, 0.2]),
        ('cosine', [1, 0.5, 0]),
        (dict(type='stop', at_epoch=5), [1, 0, 0]),
    ],
)
def test_values_at_start_middle_and_end(spec, expected: list[float]) -> None:
    schedule = build_schedule(spec)
    assert [schedule(epoch, 11) for epoch in (0, 5, 10)] == pytest.approx(expected)


def test_a_run_of_one_epoch_has_a_value() -> None:
    assert build_schedule('linear')(0, 1) == 1


@pytest.mark.parametrize(
    ('spec', 'message'),
    [
        ('quadratic', "unknown schedule 'quadratic'; there are"),
        (dict(end=1), 'unknown schedule None'),
        ('stop', 'at_epoch'),
        (dict(type='linear', start=1), 'start'),
    ],
)
def test_mistakes_are_named(spec, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_schedule(spec)

import numpy as np
import pytest

from unipose.teachers.measured_offset import MeasuredOffset


def test_the_standard_error_is_that_of_images_not_of_keypoints() -> None:
    images = np.repeat(np.arange(4), 25)
    errors = np.stack([np.repeat([1.0, -1.0, 1.0, -1.0], 25), np.zeros(100)], -1)
    offset = MeasuredOffset.of(errors, images, (0.0, 0.0))
    assert (offset.x, offset.y, offset.y_error) == (0, 0, 0)
    assert offset.x_error == pytest.approx(0.5)  # four images of SD 1


def test_what_matters_is_said_in_a_line_to_copy() -> None:
    errors = np.random.default_rng(0).normal((0.02, 0.8), 1.0, (400, 2))
    offset = MeasuredOffset.of(errors, np.arange(400), (0.5, -0.25))
    x, y = errors.mean(0) + (0.5, -0.25)
    assert offset.matters
    assert str(offset).endswith(f'take it out with adapter=dict(offset=({x:.2f}, {y:.2f}))')
    assert offset.facts()['taken_out'] == [0.5, -0.25]


@pytest.mark.parametrize(
    ('mean', 'spread'),
    [((0.0, 0.0), 1.0), ((0.05, -0.05), 0.01), ((0.5, 0.5), 60.0)],
    ids=['none', 'too small to move a score', 'no more than chance'],
)
def test_what_does_not_matter_asks_for_nothing(mean: tuple[float, float], spread: float) -> None:
    errors = np.random.default_rng(1).normal(mean, spread, (400, 2))
    offset = MeasuredOffset.of(errors, np.arange(400), (0.0, 0.0))
    assert not offset.matters and 'take it out' not in str(offset)

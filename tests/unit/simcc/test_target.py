import pytest
import torch

from unipose.simcc import SimCCTarget


def test_shapes_must_fit() -> None:
    with pytest.raises(ValueError, match=r'Got: \(1, 2, 8\), \(1, 2, 9\), \(1, 3\)'):
        SimCCTarget(torch.zeros(1, 2, 8), torch.zeros(1, 2, 9), torch.zeros(1, 3))


def test_keypoints_that_are_not_filled_are_uniform_and_without_weight() -> None:
    target = SimCCTarget(torch.rand(1, 2, 4).softmax(-1), torch.rand(1, 2, 5).softmax(-1), torch.ones(1, 2))
    moved = target.scatter_keypoints((0, 1), (3, 1), 4)
    assert torch.equal(moved.x[:, [3, 1]], target.x) and torch.equal(moved.y[:, [3, 1]], target.y)
    assert moved.weight.tolist() == [[0, 1, 0, 1]]
    assert torch.allclose(moved.x.sum(-1), torch.ones(1, 4)) and (moved.x[0, 0] == 0.25).all()


def test_what_is_inside_becomes_the_whole() -> None:
    x, y = torch.tensor([[[0.1, 0.3], [5e-4, 0.0]]]), torch.tensor([[[0.5, 0.0], [0.5, 0.5]]])
    target = SimCCTarget.from_mass(x, y)
    assert torch.allclose(target.x, torch.tensor([[[0.25, 0.75], [0.5, 0.5]]]))
    assert torch.allclose(target.y, torch.tensor([[[1.0, 0.0], [0.5, 0.5]]]))
    assert torch.allclose(target.weight, torch.tensor([[0.4 * 0.5, 0.0]]))  # almost nothing inside is nothing


def test_a_weight_that_is_given_is_kept_where_something_is_known() -> None:
    weight = torch.tensor([[0.3, 0.3]])
    mass = torch.tensor([[[0.1, 0.2], [0.0, 0.0]]])
    assert torch.allclose(SimCCTarget.from_mass(mass, mass, weight).weight, torch.tensor([[0.3, 0.0]]))


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
@pytest.mark.parametrize('part', ['x', 'y', 'weight'])
def test_keypoints_that_are_no_finite_numbers_are_left_out_and_the_others_untouched(part: str, value: float) -> None:
    x, y = (torch.rand(2, 3, bins).softmax(-1) for bins in (4, 5))
    whole = SimCCTarget(x, y, torch.rand(2, 3))
    parts = dict(x=x.clone(), y=y.clone(), weight=whole.weight.clone())
    parts[part][(1, 2) if part == 'weight' else (1, 2, 0)] = value
    kept, left_out = SimCCTarget(**parts).finite_rows()
    assert left_out.nonzero().tolist() == [[1, 2]] and kept.weight[1, 2] == 0
    assert (kept.x[1, 2] == 1 / 4).all() and (kept.y[1, 2] == 1 / 5).all()
    for mine, theirs in zip((*kept.axes, kept.weight), (*whole.axes, whole.weight)):
        assert torch.equal(mine[~left_out], theirs[~left_out])

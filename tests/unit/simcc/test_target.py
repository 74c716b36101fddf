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

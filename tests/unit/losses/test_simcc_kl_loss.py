import math

import pytest
import torch

from unipose.losses import SimCCKLLoss
from unipose.simcc import SimCCTarget


def random_target(batch: int = 2, keypoints: int = 3) -> SimCCTarget:
    x, y = (torch.randn(batch, keypoints, bins).softmax(-1) for bins in (8, 12))
    return SimCCTarget(x, y, torch.rand(batch, keypoints))


def random_logits(target: SimCCTarget) -> tuple[torch.Tensor, torch.Tensor]:
    return tuple(torch.randn_like(rows).requires_grad_() for rows in target.axes)


def test_a_value_worked_out_by_hand() -> None:
    # target (1/2, 1/2) against softmax(beta * (ln3 / beta, 0)) = (3/4, 1/4), on both axes
    row = torch.tensor([[[0.5, 0.5]]])
    logits = torch.tensor([[[math.log(3) / 10, 0.0]]])
    expected = 2 * (0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25))
    loss = SimCCKLLoss(beta=10.0)((logits, logits), SimCCTarget(row, row, torch.tensor([[0.3]])))
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_the_mean_is_weighted_per_keypoint() -> None:
    target = random_target()
    logits = random_logits(target)
    per_keypoint = sum(
        torch.nn.functional.kl_div((10 * row).log_softmax(-1), t, reduction='none').sum(-1)
        for row, t in zip(logits, target.axes)
    )
    expected = (per_keypoint * target.weight).sum() / target.weight.sum()
    assert torch.allclose(SimCCKLLoss()(logits, target), expected)


def test_equality_is_zero() -> None:
    target = random_target()
    logits = tuple(rows.log() / 10 + 5.0 for rows in target.axes)
    assert SimCCKLLoss()(logits, target).abs() < 1e-5


def test_repeating_the_batch_changes_nothing() -> None:
    target = random_target()
    logits = random_logits(target)
    twice = SimCCTarget(*(rows.repeat(3, 1, 1) for rows in target.axes), target.weight.repeat(3, 1))
    repeated = SimCCKLLoss()(tuple(rows.repeat(3, 1, 1) for rows in logits), twice)
    assert torch.allclose(SimCCKLLoss()(logits, target), repeated, atol=1e-6)


def test_masked_keypoints_get_no_gradient_even_from_nan() -> None:
    target = random_target()
    target.weight[:, 1] = 0
    target.x[:, 1] = float('nan')
    logits = random_logits(target)
    loss = SimCCKLLoss()(logits, target)
    loss.backward()
    assert loss.isfinite()
    for rows in logits:
        assert (rows.grad[:, 1] == 0).all() and (rows.grad[:, 0] != 0).any()


def test_no_weight_at_all_is_zero_and_differentiable() -> None:
    target = random_target()
    target.weight.zero_()
    logits = random_logits(target)
    loss = SimCCKLLoss()(logits, target)
    loss.backward()
    assert loss.item() == 0 and (logits[0].grad == 0).all()


def test_wrong_shapes_and_options_are_refused() -> None:
    target = random_target()
    with pytest.raises(ValueError, match='same shapes'):
        SimCCKLLoss()((target.x[..., :-1], target.y), target)
    with pytest.raises(ValueError, match='beta must be positive. Got: 0'):
        SimCCKLLoss(beta=0)


def _rank(rank: int, folder: str, weights: list[list[float]]) -> None:
    import torch.distributed as dist

    dist.init_process_group('gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2)
    logits, target = torch.load(f'{folder}/batch.pt', weights_only=True)
    share = slice(2 * rank, 2 * rank + 2)
    x, y = (rows[share].requires_grad_() for rows in logits)
    part = SimCCTarget(*(rows[share] for rows in target), torch.tensor(weights)[share])
    loss = SimCCKLLoss()((x, y), part)
    loss.backward()
    torch.save((loss.detach(), x.grad / 2, y.grad / 2), f'{folder}/rank{rank}.pt')  # DDP averages over two ranks
    dist.destroy_process_group()


def test_two_ranks_with_uneven_weights_are_one_batch(tmp_path) -> None:
    weights = [[1.0, 0.2, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.9, 0.0]]
    logits = [torch.randn(4, 3, bins) for bins in (8, 12)]
    rows = [torch.randn(4, 3, bins).softmax(-1) for bins in (8, 12)]
    torch.save((logits, rows), tmp_path / 'batch.pt')
    torch.multiprocessing.spawn(_rank, (str(tmp_path), weights), nprocs=2)
    ranks = [torch.load(tmp_path / f'rank{rank}.pt', weights_only=True) for rank in range(2)]

    logits = [each.requires_grad_() for each in logits]
    whole = SimCCKLLoss()(tuple(logits), SimCCTarget(*rows, torch.tensor(weights)))
    whole.backward()
    assert torch.allclose((ranks[0][0] + ranks[1][0]) / 2, whole, atol=1e-6)
    for axis in (0, 1):
        gradient = torch.cat([rank[1 + axis] for rank in ranks])
        assert torch.allclose(gradient, logits[axis].grad, atol=1e-6)


def test_a_sample_that_is_left_out_adds_nothing_and_the_others_count_as_before() -> None:
    target = random_target()
    logits = random_logits(target)
    kept = SimCCKLLoss()(logits, target, torch.tensor([1.0, 0.0]))
    gradient = torch.autograd.grad(kept, logits[0])[0]
    assert gradient[0].abs().sum() > 0 and gradient[1].abs().sum() == 0
    other = SimCCKLLoss()(logits, target, torch.tensor([0.0, 1.0]))
    assert torch.allclose(kept + other, SimCCKLLoss()(logits, target))

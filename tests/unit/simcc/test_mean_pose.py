from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.functional import kl_div

from unipose.losses import SimCCKLLoss
from unipose.simcc import SimCCTarget
from unipose.simcc.mean_pose import MeanPose

BINS = (5, 7)
KEYPOINTS = 3


def said(seed: int, count: int = 4) -> SimCCTarget:
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(count, KEYPOINTS, bins, generator=generator).mul(2).softmax(-1) for bins in BINS)
    return SimCCTarget(x, y, torch.rand(count, KEYPOINTS, generator=generator))


def see(mean_pose: MeanPose, target: SimCCTarget, logits: tuple[Tensor, Tensor], name: str = 'teacher coco') -> None:
    mean_pose.see(name, target, SimCCKLLoss(beta=1).divergence(logits, target))


def of_everybody(rows: tuple[Tensor, Tensor], count: int = 4) -> tuple[Tensor, Tensor]:
    """Logits of a student that says the same ``[K, W]`` of all."""
    x, y = (one.log().expand(count, -1, -1) for one in rows)
    return x, y


def mean_of(targets: list[SimCCTarget]) -> tuple[Tensor, Tensor]:
    weight = torch.cat([target.weight for target in targets])[..., None]
    x, y = ((weight * torch.cat(rows)).sum(0) / weight.sum(0) for rows in zip(*(target.axes for target in targets)))
    return x, y


def test_it_is_the_loss_of_a_student_that_says_the_mean_of_everybody() -> None:
    targets, mean_pose = [said(0), said(1)], MeanPose()
    mean = mean_of(targets)
    for target in targets:
        see(mean_pose, target, of_everybody(mean))
    compared = mean_pose.compare()['teacher coco']
    assert compared.mean_pose == pytest.approx(compared.student, rel=1e-5) and compared.student > 0.1


def test_no_other_student_that_ignores_its_picture_loses_less() -> None:
    target = said(0)
    for seed in range(5):
        mean_pose = MeanPose()
        see(mean_pose, target, of_everybody(tuple(rows[0] for rows in said(seed).axes)))
        compared = mean_pose.compare()['teacher coco']
        assert compared.student > compared.mean_pose


def test_both_are_compared_on_what_came_last_and_the_mean_is_of_all() -> None:
    first, last, mean_pose = said(0), said(1), MeanPose()
    see(mean_pose, first, first.axes)
    mean_pose.compare()
    see(mean_pose, last, last.axes)
    compared = mean_pose.compare()['teacher coco']
    divergence = sum(
        kl_div(mean.log().expand_as(rows), rows, reduction='none').sum(-1)
        for mean, rows in zip(mean_of([first, last]), last.axes)
    )
    expected = (last.weight * divergence).sum() / last.weight.sum()
    assert compared.mean_pose == pytest.approx(float(expected), rel=1e-5)
    assert compared.student == pytest.approx(float(SimCCKLLoss(beta=1)(last.axes, last)), rel=1e-5)


def test_a_step_that_is_not_finite_is_as_if_it_had_not_been() -> None:
    found = []
    for seeds in ((0, 1), (0,)):
        mean_pose = MeanPose()
        for seed in seeds:
            logits = tuple(rows + (float('nan') if seed else 0.0) for rows in said(seed).axes)
            see(mean_pose, said(seed), logits)
        found.append(mean_pose.compare())
    assert found[0] == found[1]


def test_what_nobody_says_is_not_compared() -> None:
    target, mean_pose = said(0), MeanPose()
    see(mean_pose, target.scaled(0.0), target.axes, 'ground truth')
    see(mean_pose, target, target.axes)
    assert list(mean_pose.compare()) == ['teacher coco'] and mean_pose.compare() == {}


def test_a_keypoint_that_is_seen_later_only() -> None:
    target, mean_pose = said(0), MeanPose()
    for known in ([1.0, 0.0, 0.0], [1.0, 1.0, 0.0]):
        see(mean_pose, target.scaled(torch.tensor(known)), target.axes)
        assert 0 < mean_pose.compare()['teacher coco'].mean_pose < 10


def _rank(rank: int, folder: str) -> None:
    import torch.distributed as dist

    dist.init_process_group('gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2)
    mean_pose = MeanPose()
    see(mean_pose, said(rank), said(2 + rank).axes)
    torch.save(mean_pose.compare()['teacher coco']._asdict(), f'{folder}/rank{rank}.pt')
    dist.barrier()
    dist.destroy_process_group()


def test_two_ranks_see_together_what_one_would(tmp_path: Path) -> None:
    torch.multiprocessing.spawn(_rank, (str(tmp_path),), nprocs=2)
    alone = MeanPose()
    for rank in range(2):
        see(alone, said(rank), said(2 + rank).axes)
    expected = alone.compare()['teacher coco']._asdict()
    for rank in range(2):
        assert torch.load(tmp_path / f'rank{rank}.pt', weights_only=True) == pytest.approx(expected, rel=1e-5)

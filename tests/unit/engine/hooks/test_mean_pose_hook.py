import logging
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from unipose.engine.hooks import MeanPoseHook, mean_pose_hook
from unipose.losses import SimCCKLLoss
from unipose.simcc import SimCCTarget
from unipose.simcc.mean_pose import Compared

BAD, GOOD = Compared(5.0, 5.1), Compared(2.0, 5.0)


def run(hook: MeanPoseHook, steps: int, told: list[dict], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Steps that are told, look by look, how student and mean pose compare; returns which of them were watched."""
    watched, looks = [], iter(told)
    monkeypatch.setattr(mean_pose_hook, 'MeanPose', lambda: SimpleNamespace(compare=lambda: next(looks)))
    runner = SimpleNamespace(model=SimpleNamespace(mean_pose=None), logger=logging.getLogger('test'))
    hook.before_train(runner)
    for runner.iter in range(steps):
        hook.before_train_iter(runner, 0)
        watched += [runner.iter] if runner.model.mean_pose else []
        hook.after_train_iter(runner, 0)
        assert runner.model.mean_pose is None
    return watched


@pytest.fixture(autouse=True)
def all_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_it_warns_after_as_many_steps_and_again_after_as_many(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = run(MeanPoseHook(after=20, interval=10), 50, [{'ground truth': BAD}] * 5, monkeypatch)
    assert watched == list(range(0, 50, 5))
    assert [record.levelname for record in caplog.records] == ['WARNING'] * 2
    first, second = (record.message for record in caplog.records)
    assert first.startswith('after 20 steps') and second.startswith('after 40 steps')
    assert 'ground truth 5.00, 5.10' in first
    assert 'unipose check' in first and 'optimizer.lr' in first and 'adapter.offset' not in first


def test_what_is_said_of_is_what_the_student_does_not_learn(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {'ground truth': GOOD, 'teacher coco': GOOD, 'teacher mpii': BAD}
    run(MeanPoseHook(after=10, interval=10), 10, [told], monkeypatch)
    (warning,) = (record.message for record in caplog.records)
    assert 'teacher mpii 5.00, 5.10' in warning and 'adapter.offset' in warning
    assert not any(other in warning for other in ('teacher coco', 'ground truth', 'optimizer.lr'))


def test_once_the_student_is_better_it_is_left_alone(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [{'ground truth': BAD, 'teacher coco': GOOD}, {'ground truth': GOOD, 'teacher coco': BAD}]
    watched = run(MeanPoseHook(after=30, interval=10), 100, told, monkeypatch)
    assert watched == [0, 5, 10, 15]
    (line,) = caplog.records
    assert line.levelname == 'INFO' and line.message.startswith('step 20: the student knows more than the mean pose')


def test_a_student_that_is_hardly_better_is_not(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(MeanPoseHook(after=10), 10, [{'ground truth': Compared(4.8, 5.0)}], monkeypatch)
    assert [record.levelname for record in caplog.records] == ['WARNING']


def test_of_what_is_not_said_any_more_nothing_is_expected(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(MeanPoseHook(after=10), 20, [{'ground truth': GOOD, 'teacher coco': BAD}, {'ground truth': GOOD}], monkeypatch)
    assert [record.levelname for record in caplog.records] == ['WARNING', 'INFO']


def test_every_look_has_seen_something(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = run(MeanPoseHook(after=10, interval=7), 20, [{'ground truth': BAD}] * 4, monkeypatch)
    assert watched == [0, 5, 7, 10, 14, 19] and len(caplog.records) == 2


def test_models_of_another_kind_and_batches_without_labels(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(MeanPoseHook(after=10), 20, [{}, {}], monkeypatch)
    hook, runner = MeanPoseHook(after=1), SimpleNamespace(model=object(), iter=0)
    hook.before_train(runner)
    hook.before_train_iter(runner, 0)
    hook.after_train_iter(runner, 0)
    assert not caplog.records


class Student(torch.nn.Module):
    """Sees a picture of four numbers, and says where along an axis of twenty bins a keypoint is."""

    def __init__(self) -> None:
        super().__init__()
        self.mean_pose = None
        self.network = torch.nn.Linear(4, 20)

    def loss(self, pictures: Tensor, places: Tensor) -> Tensor:
        bins = torch.arange(20.0)
        rows = (-((bins - places[:, None, None]) ** 2) / 2).softmax(-1)  # [B, 1, 20]
        target, loss = SimCCTarget(rows, rows, torch.ones(len(rows), 1)), SimCCKLLoss(beta=1)
        divergence = loss.divergence((self.network(pictures)[:, None],) * 2, target)
        if self.mean_pose:
            self.mean_pose.see('ground truth', target, divergence)
        lost, weight = loss.sums(divergence, target.weight)
        return lost / weight


@pytest.mark.parametrize('fault', ['', 'rate of 0', 'labels of other pictures'])
def test_who_learns_from_pictures_is_not_warned_of(caplog: pytest.LogCaptureFixture, fault: str) -> None:
    generator = torch.Generator().manual_seed(0)
    student, hook = Student(), MeanPoseHook(after=300)
    optimizer = torch.optim.Adam(student.parameters(), lr=0.0 if fault == 'rate of 0' else 0.05)
    runner = SimpleNamespace(model=student, logger=logging.getLogger('test'))
    hook.before_train(runner)
    for runner.iter in range(300):
        kinds = torch.randint(0, 4, (32,), generator=generator)
        hook.before_train_iter(runner, 0)
        shown = kinds.roll(1) if fault == 'labels of other pictures' else kinds
        student.loss(torch.eye(4)[shown], 3.0 + 4 * kinds).backward()
        optimizer.step()
        optimizer.zero_grad()
        hook.after_train_iter(runner, 0)
    assert [record.levelname for record in caplog.records] == ['WARNING' if fault else 'INFO']


@pytest.mark.parametrize('wrong', [dict(after=0), dict(after='soon'), dict(interval=2.5)])
def test_numbers_that_are_none_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=f"MeanPoseHook's {next(iter(wrong))} must be a whole number of steps above 0"):
        MeanPoseHook(**wrong)

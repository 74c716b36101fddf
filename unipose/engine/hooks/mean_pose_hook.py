"""Warns of a run that leads nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from unipose.compute.unwrapped import unwrapped
from unipose.simcc.mean_pose import Compared, MeanPose

_BETTER = 0.95  # of the mean pose's loss: what a student has to be below to know something of its picture
_WATCHED = 5  # of so many steps one is watched: 10 ms of a CPU core for each target, at a batch of 64 and 192x256
_TRUTH = (
    'ground truth: whether labels fit their pictures in scale, place and order of keypoints; `unipose browse` '
    'shows them as the student gets them, `unipose check` looks through the annotations'
)
_TEACHER = (
    'what teachers say: their skeleton and keypoints, pixels, padding and adapter.offset; unipose test CONFIG '
    '--teacher NAME --canvas scores one as it teaches, and pictures of training show what each says'
)
_RUN = (
    'the run: optim_wrapper.optimizer.lr for this batch size (--auto-scale-lr), too high as well as too low; warnings '
    'above of weights that were not loaded; mean, std and channel order of model.data_preprocessor; skipped_steps'
)


@HOOKS.register_module()
class MeanPoseHook(Hook):
    """Warns where, after some steps, a student is no better than one that says the mean pose of every picture.

    The student's loss has to fall below 95% of that of the mean pose (:class:`unipose.simcc.mean_pose.MeanPose`), for
    ground truth and for the targets of each teacher. Once it has, the log says so and nothing is watched any more; else
    the warning is repeated after as many steps again. A run that is resumed is watched anew.

    Args:
        after: Steps until the first warning. A student from random weights needs about a thousand.
        interval: Steps between two looks.

    Raises:
        ValueError: If one of both is no whole number above 0.
    """

    def __init__(self, after: int = 3000, interval: int = 50) -> None:
        for name, value in dict(after=after, interval=interval).items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"MeanPoseHook's {name} must be a whole number of steps above 0. Got: {value!r}")
        self.after, self.interval = after, interval

    def before_train(self, runner: Runner) -> None:
        """Begins to watch a model that says what its student loses."""
        model = unwrapped(runner.model)
        self.model = model if hasattr(model, 'mean_pose') else None
        self.mean_pose, self.better = MeanPose(), set()
        self.steps = self.since_look = 0

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Has the model tell of some of its steps."""
        if self.model is not None and self.since_look % _WATCHED == 0:
            self.model.mean_pose = self.mean_pose

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Looks at the student where it is time."""
        if self.model is None:
            return
        self.model.mean_pose = None
        self.steps += 1
        self.since_look += 1
        is_due = self.steps % self.after == 0
        if is_due or self.steps % self.interval == 0:
            self._look(runner, is_due)
            self.since_look = 0

    def _look(self, runner: Runner, is_due: bool) -> None:
        compared = self.mean_pose.compare()
        self.better |= {name for name, (student, mean_pose) in compared.items() if student < _BETTER * mean_pose}
        behind = {name: one for name, one in compared.items() if name not in self.better}
        if compared and not behind:
            runner.logger.info(
                f'step {runner.iter + 1}: the student knows more than the mean pose. {_format(compared)}'
            )
            self.model = None
        elif behind and is_due:
            remedies = dict.fromkeys(_TEACHER if name.startswith('teacher') else _TRUTH for name in behind)
            advice = '\n'.join(f'- {one}' for one in (*remedies, *([_RUN] if not self.better else [])))
            runner.logger.warning(
                f'after {self.steps} steps the student is no better than one that ignores its picture and says the '
                f'mean pose of everybody. {_format(behind)}. A run of which that stays true cannot succeed. Look at\n'
                f'{advice}'
            )


def _format(compared: Mapping[str, Compared]) -> str:
    """What both lose, as text.

    >>> _format({'ground truth': Compared(4.125, 5.25)})
    'Loss in nats per keypoint, and that of the mean pose: ground truth 4.12, 5.25'
    """
    said = '; '.join(f'{name} {student:.2f}, {mean_pose:.2f}' for name, (student, mean_pose) in compared.items())
    return f'Loss in nats per keypoint, and that of the mean pose: {said}'

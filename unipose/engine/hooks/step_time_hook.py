"""Says what steps wait for."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from unipose.compute.unwrapped import unwrapped


@HOOKS.register_module()
class StepTimeHook(Hook):
    """Logs what parts of a step's ``time`` are beside ``data_time``, in seconds as MMEngine logs these two.

    ``teachers_time`` is for what teachers say, who are asked or whose stored targets are unpacked and moved;
    ``student_time`` is the rest, for the student: forward, backward and optimizer. It takes MMEngine's IterTimerHook,
    and a model with a ``stopwatch`` that times its ``teachers``.
    """

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Logs the parts of the steps whose teachers are known to be done, without waiting for others."""
        model = unwrapped(runner.model)
        hub, timed = runner.message_hub, ('train/time', 'train/data_time')
        if not getattr(model, 'teachers', None) or any(name not in hub.log_scalars for name in timed):
            return
        whole, data = (hub.get_scalar(name).current() for name in timed)
        for teachers in model.stopwatch.laps():
            hub.update_scalars(
                {'train/teachers_time': teachers, 'train/student_time': max(whole - data - teachers, 0.0)}
            )

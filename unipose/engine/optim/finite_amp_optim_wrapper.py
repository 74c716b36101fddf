"""Mixed precision in fp16 that takes finite steps alone."""

from __future__ import annotations

from mmengine.optim import AmpOptimWrapper
from mmpose.registry import OPTIM_WRAPPERS

from .finite_optim_wrapper import FiniteOptimWrapper


@OPTIM_WRAPPERS.register_module()
class FiniteAmpOptimWrapper(FiniteOptimWrapper, AmpOptimWrapper):
    """MMEngine's AmpOptimWrapper, whose loss is scaled, as a :class:`FiniteOptimWrapper`."""

    @property
    def loss_factor(self) -> float:
        """What the loss is multiplied by now."""
        return self.loss_scaler.get_scale()

    def skip(self) -> None:
        """Skips a step, and lowers the factor of the loss where it was too large."""
        self.loss_scaler.unscale_(self.optimizer)
        self.loss_scaler.update(self._scale_update_param)
        super().skip()

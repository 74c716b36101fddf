import inspect
import random
import sys
from typing import Any

import mmpose.datasets.transforms.common_transforms as of_mmpose
import numpy as np
import pytest
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

import unipose.datasets.transforms
from unipose.datasets.transforms import Seeded

SAMPLE = dict(seed=1, index=2, view=3)


class _DrawsFromBoth(BaseTransform):
    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        return dict(results, drawn=[random.random(), float(np.random.rand())])


class _DrawsFromNumpy(BaseTransform):
    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        return dict(results, drawn=float(np.random.rand()))


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_DrawsFromNumpy, '__module__', 'unipose.datasets.transforms.draws')
    for kind in (_DrawsFromBoth, _DrawsFromNumpy):
        monkeypatch.setitem(TRANSFORMS.module_dict, kind.__name__, kind)


@pytest.mark.parametrize('kinds', [['_DrawsFromBoth'], ['_DrawsFromNumpy'], ['_DrawsFromNumpy', '_DrawsFromBoth']])
def test_a_sample_and_its_view_decide_what_is_drawn(kinds: list[str]) -> None:
    seeded = Seeded([dict(type=kind) for kind in kinds])
    first = seeded(dict(SAMPLE))['drawn']
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.rand()
    random.seed(5)
    np.random.seed(5)
    assert seeded(dict(SAMPLE))['drawn'] == first != seeded(dict(SAMPLE, view=4))['drawn']
    assert (random.random(), np.random.rand()) == expected  # the ambient generators are where they were


def test_transforms_that_leave_pythons_generator_alone_do() -> None:
    ours = [value for _, value in inspect.getmembers(unipose.datasets.transforms, inspect.isclass)]
    modules = {of_mmpose} | {sys.modules[kind.__module__] for kind in ours if kind is not Seeded}
    assert not [module.__name__ for module in modules if getattr(module, 'random', None) is random]

import numpy as np
import pytest
from pycocotools.cocoeval import COCOeval

from unipose.skeletons import load_skeleton
from unipose.skeletons.oks import oks

SIGMAS = np.array(load_skeleton('coco').sigmas)


def test_it_is_cocos() -> None:
    generator = np.random.default_rng(0)
    truth = generator.uniform(0, 100, (17, 2))
    found = truth + generator.normal(0, 4, (17, 2))
    visible = (generator.uniform(size=17) < 0.7).astype(float)
    evaluator = COCOeval(iouType='keypoints')
    evaluator.params.kpt_oks_sigmas = SIGMAS
    person = dict(keypoints=np.c_[truth, visible].ravel().tolist(), bbox=[0, 0, 100, 100], area=4000.0)
    evaluator._gts[1, 1] = [person]
    evaluator._dts[1, 1] = [dict(keypoints=np.c_[found, visible].ravel().tolist(), score=1.0)]
    assert oks(found, truth, visible, 4000.0, SIGMAS) == pytest.approx(evaluator.computeOks(1, 1)[0, 0])


def test_what_does_not_count() -> None:
    truth, far = np.zeros((2, 17, 2)), np.full((2, 17, 2), 1000.0)
    far[:, 0] = 0.0
    counted = np.zeros((2, 17))
    counted[0, 0] = 1.0
    found = oks(far, truth, counted, np.array([100.0, 100.0]), SIGMAS)
    assert found[0] == 1.0
    assert np.isnan(found[1])
    unknown = np.where(np.arange(17) == 0, SIGMAS, np.nan)
    assert oks(far[0], truth[0], np.ones(17), 100.0, unknown) == 1.0

import numpy as np
from mmpose.datasets.transforms import RandomBBoxTransform
from scipy.stats import ks_2samp

from unipose.datasets.transforms import QuickRandomBBoxTransform


def test_its_numbers_are_distributed_as_mmposes() -> None:
    np.random.seed(0)
    ours, theirs = (kind._truncnorm(size=(20000,)) for kind in (QuickRandomBBoxTransform, RandomBBoxTransform))
    assert ours.dtype == theirs.dtype and np.abs(ours).max() <= 1
    assert ks_2samp(ours, theirs).pvalue > 0.01

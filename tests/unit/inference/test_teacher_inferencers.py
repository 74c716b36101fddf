import pytest
from mmengine.config import Config

from unipose.inference import teacher_inferencers

ENTRIES = dict(mpii=dict(config='mpii.py', checkpoint='mpii.pth', skeleton='mpii'), coco=None)


@pytest.mark.parametrize('names', [[], ['mpii']])
def test_a_config_without_teachers(names: list[str]) -> None:
    with pytest.raises(ValueError, match=r'the config has no teachers\. Teachers are those of the config that'):
        teacher_inferencers(Config(dict(model=dict(type='TopdownPoseEstimator'))), names)


def test_a_teacher_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"the config has no teacher aic, coco; it has \['mpii'\]"):
        teacher_inferencers(Config(dict(model=dict(teachers=ENTRIES))), ['mpii', 'coco', 'aic'])

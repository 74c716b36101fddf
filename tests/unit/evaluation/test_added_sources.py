from pathlib import Path

import pytest
from mmengine.config import Config

from tests.conftest import REPOSITORY
from tests.evaluation_inputs import data_config, student_test_config
from unipose.evaluation.added_sources import with_sources
from unipose.evaluation.configs import keep_metrics_of, student_config
from unipose.evaluation.configs import test_sources as sources_of
from unipose.skeletons import load_skeleton

HALPE = REPOSITORY / 'configs/sources/halpe.py'
CROWDPOSE = REPOSITORY / 'configs/sources/crowdpose.py'


def test_a_source_is_added_with_its_metric() -> None:
    config = student_test_config(Path('none'))
    before = config.pretty_text
    ready = with_sources(config, HALPE)
    assert sources_of(ready) == ['coco', 'mpii', 'halpe']
    assert ready.test_dataloader.dataset.sources.halpe.dataset.type == 'HalpeBodyDataset'
    assert config.pretty_text == before


def test_validation_data_stay_as_they_are() -> None:
    data = {key.replace('test', 'val'): value for key, value in data_config(Path('none')).items()}
    ready = with_sources(Config(dict(model=student_test_config(Path('none')).model, **data)), HALPE)
    assert 'halpe' in ready.test_evaluator.metrics and 'halpe' not in ready.val_evaluator.metrics
    assert 'halpe' not in ready.val_dataloader.dataset.sources


@pytest.mark.parametrize('config', ['distill_small.py', 'distill_small_coco-mpii-aic.py', 'demo/distill.py'])
def test_configs_take_them(config: str) -> None:
    ready = student_config(with_sources(REPOSITORY / 'configs' / config, HALPE, CROWDPOSE))
    assert sources_of(ready)[-2:] == ['halpe', 'crowdpose']


def test_crowdpose_is_added_to_models_of_whole_pictures() -> None:
    pictures = REPOSITORY / 'configs/sources/crowdpose_pictures.py'
    for name in ('distill_rtmo_s.py', 'dekr_hrnet-w32_coco-512x512.py'):
        ready = student_config(with_sources(REPOSITORY / 'configs' / name, pictures))
        assert ready.test_evaluator.metrics.crowdpose.type == 'CrowdPosePictureMetric'
        assert ready.test_dataloader.dataset.sources.crowdpose.dataset.type == 'CrowdPoseDataset'


def test_it_is_kept_for_who_has_what_it_scores() -> None:
    for skeleton, kept in (('coco+mpii', ['coco', 'mpii', 'halpe']), ('coco', ['coco'])):
        ready = student_config(with_sources(student_test_config(Path('none')), HALPE))
        keep_metrics_of(ready, load_skeleton(skeleton))
        assert sources_of(ready) == kept


def test_errors(tmp_path: Path) -> None:
    config = student_test_config(Path('none'))
    with pytest.raises(FileNotFoundError, match='file of test sources not found: none.py'):
        with_sources(config, 'none.py')
    with pytest.raises(ValueError, match=r"adds test sources \['halpe'\], which the config has already"):
        with_sources(config, HALPE, HALPE)
    (tmp_path / 'half.py').write_text("test_evaluator = dict(metrics=dict(mine=dict(type='EPE', skeleton='coco')))")
    with pytest.raises(ValueError, match=r"same names .*configs/sources/halpe.py does. Got: \[\] and \['mine'\]"):
        with_sources(config, tmp_path / 'half.py')

import numpy as np
import pytest

from tests.builders import CANVAS, STUDENT, sources, train_pipeline
from unipose.visualization.canvas_samples import CanvasSamples


@pytest.fixture
def config(synthetic):
    return dict(
        type='UnifiedKeypointDataset', skeleton='coco+mpii', sources=sources(synthetic), pipeline=train_pipeline()
    )


def test_samples_are_spread_over_every_source(config):
    samples = CanvasSamples(config)
    assert (samples.canvas.size, samples.student_window.size) == (CANVAS, STUDENT)
    found = list(samples.spread(3))
    assert [sample.source for sample in found] == ['coco'] * 3 + ['mpii'] * 3
    assert len({sample.title for sample in found}) == 6
    for sample in found:
        assert sample.image.shape == (CANVAS[1], CANVAS[0], 3)
        assert sample.image.dtype == np.uint8
        assert sample.keypoints.shape == (21, 2)
        assert sample.visible.shape == (21,)
        assert set(sample.visible) <= {0, 1}
    number = len(samples.dataset.sources[0])
    assert len([s for s in samples.spread(10_000) if s.source == 'coco']) == number  # each once


def test_without_augmentation_nothing_is_random(config):
    first, other_seed = CanvasSamples(config)[0], CanvasSamples(dict(config, seed=1))[0]
    assert (first.image == other_seed.image).all()
    assert (first.keypoints == other_seed.keypoints).all()


def test_with_augmentation_it_is_what_training_sees(config):
    samples = CanvasSamples(config, view=0)
    expected = samples.dataset[0, 0]
    assert (samples[0].image == expected['inputs'].permute(1, 2, 0).numpy()).all()
    assert (samples[0].image != CanvasSamples(config)[0].image).any()


@pytest.mark.parametrize('changes', [dict(type='CocoDataset'), dict(pipeline=[dict(type='LoadCheckedImage')])])
def test_other_datasets_are_refused(config, changes):
    with pytest.raises(ValueError, match='expected a UnifiedKeypointDataset with one CanvasAffine'):
        CanvasSamples(dict(config, **changes))

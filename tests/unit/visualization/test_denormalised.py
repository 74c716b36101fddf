import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmpose.registry import MODELS

from tests.builders import samples
from unipose.visualization.denormalised import denormalised


@pytest.mark.parametrize(
    'options', [dict(), dict(mean=[123.7, 116.3, 103.5], std=[58.4, 57.1, 57.4]), dict(bgr_to_rgb=True)]
)
def test_it_gives_back_what_was_normalised(options: dict) -> None:
    preprocessor = MODELS.build(dict(type='PoseDataPreprocessor', **options))
    images = torch.randint(0, 256, (2, 3, 8, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    batch = [dict(inputs=image, data_samples=sample) for image, sample in zip(images, samples(2))]
    fed = preprocessor(pseudo_collate(batch))['inputs']
    assert (denormalised(fed, preprocessor) == images.permute(0, 2, 3, 1).numpy()).all()
    assert denormalised(fed, preprocessor).dtype == np.uint8

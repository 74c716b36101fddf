"""The people whom a model finds in the whole pictures of a dataset, and how well it places them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from tqdm import tqdm

from unipose.batches.loaders import sample_loader
from unipose.datasets.whole_picture_dataset import WholePictureDataset
from unipose.people.found import found_boxes, found_scores
from unipose.rescoring.matched import matched_oks
from unipose.skeletons.oks_area import oks_area


@torch.no_grad()
def found_rows(config: Config, model: torch.nn.Module, dataset: WholePictureDataset) -> Iterator[dict[str, Any]]:
    """What a rescorer is fitted on, of each person found.

    Args:
        config: Test config.
        model: The model, in eval mode.
        dataset: Pictures in test mode.

    Yields:
        The fields of :class:`unipose.rescoring.Predictions` that each person has.
    """
    loader = sample_loader(
        dataset, batch_size=1, num_workers=config.test_dataloader.get('num_workers', 0), collate_fn=pseudo_collate
    )
    paddings = {source.name: source.padding for source in dataset.sources}
    sigmas, known = np.array(dataset.skeleton.sigmas), np.ones(len(dataset.skeleton), bool)
    for batch in tqdm(loader, unit='picture'):
        for sample in model.test_step(batch):
            found, truth = sample.pred_instances, dataset.get_data_info(sample.index)
            sizes = zip(truth['bbox'], truth['area'].tolist())
            areas = np.array([oks_area(box, area, paddings[sample.source]) for box, area in sizes])
            boxes, annotated = found_boxes(found), (truth['keypoints'], truth['keypoints_visible'])
            alike = matched_oks(np.asarray(found.keypoints), boxes, *annotated, areas, truth['others'], sigmas)
            for row, score in enumerate(found_scores(found)):
                yield dict(
                    keypoints=found.keypoints[row].astype(np.float32),
                    scores=found.keypoint_scores[row].astype(np.float32),
                    bbox=boxes[row],
                    bbox_score=score,
                    known=known,
                    image=sample.img_id,
                    source=sample.source,
                    oks=alike[row],
                )

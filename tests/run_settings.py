"""A setting of a whole run that names no files, as tests of its parts need it."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

from unipose.commands.full_run.setting import Setting


def setting(work_dir: Path, teachers: dict | None = None, **changes: object) -> Setting:
    config = Config(
        dict(
            model=dict(
                type='MultiTeacherDistiller', teachers=dict(coco=dict(weight=1.0)) if teachers is None else teachers
            ),
            train_dataloader=dict(
                num_workers=2,
                dataset=dict(
                    type='UnifiedKeypointDataset',
                    sources=dict(coco=dict(dataset=dict(data_root='data/coco'))),
                    pipeline=[dict(type='LoadCheckedImage')],
                ),
            ),
            train_cfg=dict(by_epoch=True, max_epochs=5),
            randomness=dict(seed=3),
        )
    )
    config.merge_from_dict(changes)
    return Setting(config, work_dir)

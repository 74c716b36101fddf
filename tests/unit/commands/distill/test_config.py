from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.distill.config import distillation_config, write_config
from unipose.skeletons import load_skeleton

TEACHERS = dict(
    coco=dict(config='configs/demo/teacher_coco.py', checkpoint='coco.pth', skeleton='coco', weight=2.0),
    feet=dict(
        config='configs/demo/teacher_mpii.py',
        checkpoint='feet.pth',
        skeleton='halpe26',
        keypoints=['left_ankle', 'right_ankle', 'left_heel', 'right_heel'],
        padding=dict(default=1.25),
    ),
)
COCO = dict(ann_file=Path('coco.json'), images='coco', skeleton='coco', license='cc-by-4.0')
MPII = dict(type='MpiiDataset', ann_file='mpii.json', images='mpii', skeleton='mpii')
WEB = dict(ann_file='web.json', images='web', skeleton=None, ratio=0.5, score_thr=0.6)
DATA = dict(coco=COCO, mpii=MPII, web=WEB)
VAL = dict(
    coco=dict(ann_file='coco_val.json', images='coco_val'),
    mpii=dict(ann_file='mpii_val.json', images='mpii', headbox_file='heads.mat'),
)


def built(work_dir: Path, student: str = 'rtmpose-s', **changes: Any) -> Config:
    return distillation_config(student, **dict(dict(teachers=TEACHERS, data=DATA, work_dir=work_dir), **changes))


@pytest.fixture(scope='module')
def whole(tmp_path_factory: pytest.TempPathFactory) -> Config:
    work_dir = tmp_path_factory.mktemp('distill')
    return built(work_dir, val=VAL, epochs=42, batch_size=32, changes={'model.gt_weight': 4.0})


def test_people_take_the_place_of_the_configs_own(whole: Config) -> None:
    sources = whole.train_dataloader.dataset.sources
    assert sources.coco == dict(
        skeleton='coco',
        license='cc-by-4.0',
        dataset=dict(type='CocoDataset', ann_file='coco.json', data_prefix=dict(img='coco')),
    )
    assert sources.mpii.padding == 0.9375 and 'license' not in sources.mpii  # MPII's boxes, and not its annotations
    assert sources.web == dict(
        skeleton=None,
        ratio=0.5,
        dataset=dict(type='PersonBoxDataset', ann_file='web.json', data_prefix=dict(img='web'), score_thr=0.6),
    )
    tested, scored = whole.val_dataloader.dataset.sources, whole.val_evaluator.metrics
    assert tested.mpii.padding == 0.9375 and tested.mpii.dataset.headbox_file == 'heads.mat'
    assert scored.coco == dict(type='CocoKeypointMetric', ann_file='coco_val.json', skeleton='coco')
    assert scored.mpii == dict(type='MpiiPCKhMetric', skeleton='mpii')


def test_a_data_yaml_is_yolos(tmp_path: Path) -> None:
    people = dict(ann_file='mine/data.yaml', skeleton='coco', classes=['person'])
    config = built(tmp_path, data=dict(coco=COCO, mine=people), val=dict(mine=dict(ann_file='mine/data.yaml')))
    read = dict(type='YoloPoseDataset', ann_file='mine/data.yaml', classes=['person'])
    assert config.train_dataloader.dataset.sources.mine.dataset == dict(read, split='train')
    assert config.val_dataloader.dataset.sources.mine.dataset == dict(read, split='val')
    assert config.val_evaluator.metrics.mine == dict(read, type='YoloKeypointMetric', split='val', skeleton='coco')


def test_the_student_predicts_what_people_and_teachers_know(whole: Config) -> None:
    model = whole.model
    assert model.head.out_channels == 23 and model.teachers == TEACHERS and model.gt_weight == 4.0
    assert model.skeleton == f'coco+mpii+{whole.work_dir}/skeleton.py'
    assert load_skeleton(model.skeleton).names[-2:] == ('left_heel', 'right_heel')
    for dataset in (whole.train_dataloader.dataset, whole.val_dataloader.dataset, whole.val_evaluator):
        assert dataset.skeleton == model.skeleton
    assert model.dialects == dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii'))
    assert [start.type for start in model.head.init_cfg] == ['Normal']  # its other start is a teacher that is not here
    crops = [
        step.canvas_size for step in whole.train_dataloader.dataset.pipeline[2].transforms if 'canvas_size' in step
    ]
    crops += [step.canvas_size for step in whole.custom_hooks[1].switch_pipeline[2].transforms if 'canvas_size' in step]
    assert crops == [model.canvas_size] * 2 == [(342, 342)] * 2


def test_a_schedule_is_made_shorter_as_a_whole(whole: Config, tmp_path: Path) -> None:
    warmup, cosine = whole.param_scheduler
    assert (
        whole.train_cfg.max_epochs == 42
        and whole.train_cfg.val_interval == 10
        and whole.custom_hooks[1].switch_epoch == 39
    )
    assert (warmup.begin, warmup.end) == (0, 100) and (cosine.begin, cosine.end, cosine.T_max) == (21, 42, 21)
    assert whole.train_dataloader.batch_size == 32
    short = built(tmp_path, epochs=1).param_scheduler
    assert [(one.begin, one.end) for one in short] == [(0, 2), (0, 1)] and short[1].T_max == 1


def test_what_is_written_is_read_again(whole: Config, tmp_path: Path) -> None:
    write_config(whole, tmp_path / 'distill.py')
    assert Config.fromfile(tmp_path / 'distill.py').to_dict() == whole.to_dict()
    lines = (tmp_path / 'distill.py').read_text().splitlines()
    assert lines[0] == '"""23 keypoints, taught by coco, feet on coco, mpii, web; written by unipose.distill.'
    assert lines[2] == f'    unipose train {tmp_path / "distill.py"}' and max(map(len, lines)) <= 120


def test_paths_are_written_too(tmp_path: Path) -> None:
    teacher, mine = dict(TEACHERS['coco'], checkpoint=Path('coco.pth')), REPOSITORY / 'docs/own_data/skeleton.py'
    config = built(tmp_path, teachers=dict(coco=teacher), data=dict(mine=dict(COCO, skeleton=mine)))
    write_config(config, tmp_path / 'distill.py')
    read = Config.fromfile(tmp_path / 'distill.py')
    assert read.model.teachers.coco.checkpoint == 'coco.pth' and read.model.skeleton == f'{mine}+coco'


def test_what_is_left_out(tmp_path: Path) -> None:
    heels = dict(TEACHERS['feet'], keypoints=['left_heel', 'right_heel'])
    config = built(
        tmp_path,
        teachers=dict(coco=TEACHERS['coco'], feet=heels),
        data=dict(coco=COCO),
        changes={'train_dataloader.num_workers': 0},
    )
    assert not [key for key in config if key.startswith(('val', 'test'))]
    assert config.model.dialects is None and not config.model.test_cfg.dialects  # there is one dataset
    assert config.model.combine == 'separate'  # there is nothing to fuse
    assert not config.train_dataloader.persistent_workers


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(student='configs/teachers/rtmpose-m_coco-256x192.py'), 'is no config of a student'),
        (dict(data=dict(mine=dict(ann_file='a.json'))), r"data\['mine'\] lacks \['images', 'skeleton'\]"),
        (
            dict(val=dict(web=dict(ann_file='a.json', images='a'))),
            r"val\['web'\], a PersonBoxDataset, needs its metric",
        ),
        (
            dict(data=dict(a=dict(COCO, skeleton=['coco']))),
            r"data\['a'\] has a skeleton that is no name or file.*Got: list",
        ),
        (dict(epochs=0), 'epochs must be at least 1. Got: 0'),
        (dict(changes={'model.head.out_channels.a': 1}), 'do not fit the config'),
    ],
)
def test_mistakes(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        built(tmp_path, **changes)

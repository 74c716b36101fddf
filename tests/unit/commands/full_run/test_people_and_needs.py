"""What there is and what is missing, of the demo's config: all of it at once, each with what gets it."""

import shutil
from pathlib import Path

import pytest
from mmengine.config import Config

from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.full_run import needs, people
from unipose.commands.full_run.needs import find_needs, find_room, format_findings
from unipose.commands.full_run.people import count_people
from unipose.commands.full_run.setting import Setting


@pytest.fixture
def setting(synthetic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    """Of a folder where everything is in place, data as files of their own."""
    shutil.copytree(synthetic, tmp_path / 'data/people')
    (tmp_path / 'teachers').symlink_to(REPOSITORY / 'teachers')
    monkeypatch.chdir(tmp_path)
    text = Config.fromfile(REPOSITORY / 'configs/demo/distill.py').pretty_text
    Path('distill.py').write_text(text.replace('data/demo/', 'data/people/'))
    return Setting(Config.fromfile('distill.py'), Path('work'))


def missing_of(setting: Setting) -> dict[str, str]:
    found = find_needs(setting, count_people(setting.config))
    return {finding.text: finding.next_step for finding in found if finding.state == 'missing'}


def test_nothing_is_missing_where_everything_is_in_place(setting: Setting) -> None:
    assert not missing_of(setting)
    found = count_people(setting.config)
    assert {name: source.number for name, source in found.val.items()} == {
        name: len(source.source) for name, source in found.test.items()
    }
    assert found.num_train == found.drawn >= 24 and not any(source.assumed for source in found.train.values())


def test_an_epoch_draws_by_ratio(setting: Setting) -> None:
    setting.config.train_dataloader.dataset.sources.mpii.ratio = 0.5
    found = count_people(setting.config)
    assert found.drawn == found.train['coco'].number + 0.5 * found.train['mpii'].number


def test_everything_is_said_at_once(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree('data/people/coco/train2017')
    shutil.rmtree('data/people/mpii')
    entries, backbone = setting.config.model.teachers, setting.config.model.backbone
    entries.coco.checkpoint = 'teachers/rtmpose-m_simcc-coco_pt-aic-coco_420e-256x192-d8dd5ca4_20230127.pth'
    entries.mpii.checkpoint = 'teachers/mine.pth'
    backbone.init_cfg.checkpoint = 'teachers/cspnext-s_udp-aic-coco_210e-256x192-92f5a029_20230130.pth'
    monkeypatch.setattr(needs.importlib.util, 'find_spec', lambda name: None if name == 'onnxscript' else 'found')
    found = missing_of(setting)
    steps = '\n'.join(found.values())
    assert 'coco to data/people/coco/' in steps and 'mpii to data/people/mpii/' in steps and 'data/README.md' in steps
    assert 'unipose download rtmpose-m_coco-256x192' in steps
    assert 'unipose download cspnext-s' in steps and '--cfg-options model.backbone.init_cfg=None' in steps
    assert 'put teachers/mine.pth there' in steps and "pip install 'unipose-distill[export]'" in steps
    text = '\n'.join(found)
    assert 'lacks image folder data/people/coco/train2017' in text and 'val source mpii' in text
    assert f'train source mpii ({people.KNOWN["mpii_train.json"]:,} people, as in the published file)' in text


def test_images_that_are_not_there_are_noticed(setting: Setting) -> None:
    images = sorted(Path('data/people/coco/val2017').iterdir())
    images[0].unlink()
    found = count_people(setting.config).val['coco']
    assert not found.pictures and f'1 of {len(images)} images looked for, such as ' in found.problems[0]
    assert found.number and images[0].name in found.problems[0]


def test_of_data_that_a_command_makes_nothing_is_assumed(setting: Setting) -> None:
    setting.config.train_dataloader.dataset.sources.coco.dataset.data_root = 'data/demo/coco/'
    found = count_people(setting.config).train['coco']
    assert found.number is None and not found.assumed
    assert 'unipose demo    (makes data/demo)' in missing_of(setting).values()


def test_a_work_dir_that_cannot_be_written_is_missing_too(setting: Setting) -> None:
    Path('work').write_text('a file')
    assert any('cannot be written' in text for text in missing_of(setting))


def test_a_disk_that_is_too_small_is_told_with_what_helps(setting: Setting) -> None:
    assert find_room(setting, 1e6).state == 'ok'
    found = find_room(setting, 1e18)
    assert found.state == 'missing' and '--crop-format jpeg' in found.next_step and '--views' in found.next_step
    assert format_findings([found]).endswith(f'To do:\n  1. {found.next_step}')


def test_a_few_of_many_are_spread() -> None:
    assert people.spread(3, 64).tolist() == [0, 1, 2]
    assert people.spread(101, 3).tolist() == [0, 50, 100]

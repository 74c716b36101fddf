"""The comparison on real people: whom it arranges, its rows, what it starts from, and its tables; with a few people."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.logging import MessageHub
from mmengine.optim import OptimWrapper
from mmpose.registry import MODELS

from benchmarks.quality.scores import pack
from benchmarks.real import plan, report, runs
from benchmarks.real.everyone import join
from benchmarks.real.people import SET_ASIDE, arrange
from benchmarks.real.rows import ROWS, seeds_of
from benchmarks.real.start import write_start
from tests.builders import samples
from tests.onnx_files import write_onnx_file
from tests.student_export import write_run_checkpoint
from unipose.checkpoints.licences import licences_of_config
from unipose.checkpoints.loading import load_state_dict_file
from unipose.datasets.synthetic import generate_coco, generate_mpii
from unipose.skeletons import load_skeleton


@pytest.fixture(scope='module')
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthetic people in the layout of the real ones, beside a ``coco`` for dev."""
    root = tmp_path_factory.mktemp('real')
    generate_coco(root / 'people/coco', dict(train2017=2, val2017=2), 0)
    generate_coco(root / 'coco', dict(train2017=1, val2017=1), 1)
    generate_mpii(root / 'people/mpii', dict(train=2 * SET_ASIDE, val=2), 2)
    for name, file, count in (('lsp', 'dev', 3), ('lspet', 'train', 2 * SET_ASIDE)):
        write_coco(root / 'people' / name, f'annotations/{file}.json', count, load_skeleton('lsp').published)
    write_coco(root / 'people/stanford40', 'people.json', 2, None)
    return root / 'people'


def write_coco(folder: Path, file: str, count: int, names: tuple[str, ...] | None) -> None:
    """A person in each of so many grey pictures."""
    rng = np.random.default_rng(0)
    images = [dict(id=i + 1, file_name=f'{i}.jpg', width=120, height=160) for i in range(count)]
    (folder / 'images').mkdir(parents=True)
    for image in images:
        cv2.imwrite(str(folder / 'images' / image['file_name']), rng.integers(0, 255, (160, 120, 3), np.uint8))
    person = dict(category_id=1, iscrowd=0, bbox=[10, 10, 90, 140], area=6000.0)
    annotations = [dict(person, id=image['id'], image_id=image['id']) for image in images]
    category = dict(id=1, name='person')
    if names:
        category['keypoints'] = list(names)
        for one in annotations:
            places = np.hstack([rng.uniform(20, 90, (len(names), 2)), np.full((len(names), 1), 2)])
            one.update(keypoints=places.ravel().round(1).tolist(), num_keypoints=len(names))
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(json.dumps(dict(images=images, annotations=annotations, categories=[category])))


@pytest.fixture
def teachers(tmp_path: Path) -> Path:
    """Stand-ins for the teachers' files."""
    folder = tmp_path / 'files'
    maps = dict(heatmaps=(17, 64, 64), offsets=(34, 64, 64))
    write_onnx_file(folder / 'movenet-thunder-coco17.onnx', maps, size=(256, 256))
    write_onnx_file(folder / 'efficientpose-ii-lite-mpii16.onnx', dict(heatmaps=(16, 46, 46)), size=(368, 368))
    return folder


@pytest.fixture
def arranged(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path, people: Path, teachers: Path
) -> Path:
    """A folder that looks like the repository, with everything in place."""
    monkeypatch.chdir(tmp_path)
    for name in ('configs', 'teachers'):
        (tmp_path / name).mkdir()
        for entry in (request.config.rootpath / name).iterdir():
            if not entry.is_symlink():
                (tmp_path / name / entry.name).symlink_to(entry)
    # calibrations are of the real files
    monkeypatch.setattr(plan, 'calibrate', lambda teacher, source: None)
    read = runs._read

    def uncalibrated(name: str):
        config = read(name)
        for entry in config.model.teachers.values():
            entry.calibration = None
        return config

    monkeypatch.setattr(runs, '_read', uncalibrated)
    plan.prepare(people, teachers, people.parent / 'coco')
    return tmp_path


def test_a_tenth_of_the_training_pictures_is_set_aside(arranged: Path) -> None:
    def pictures(where: str) -> set[str]:
        return set(pictures_of(arranged / 'data/real_people' / where / 'people.json'))

    for train, dev in (('train/mpii', 'dev/mpii'), ('train/lspet', 'dev/lsp')):
        assert len(pictures(dev)) == 2 and len(pictures(train)) == 2 * SET_ASIDE - 2
        assert not pictures(dev) & pictures(train)
    assert all(name.startswith(('train2017/', 'val2017/')) for name in pictures('dev/coco'))
    for where in ('train/coco', 'dev/coco', 'test/lsp', 'train/stanford40'):
        assert all((arranged / 'data/real_people' / where / 'images' / name).is_file() for name in pictures(where))


def test_people_in_place_are_left_alone(arranged: Path, people: Path) -> None:
    file = arranged / 'data/real_people/train/coco/people.json'
    before = file.stat().st_mtime_ns
    arrange(people, people.parent / 'coco')
    assert file.stat().st_mtime_ns == before
    with pytest.raises(FileNotFoundError, match='no folder of pictures|No such file'):
        arrange(people / 'nowhere', people.parent / 'coco')


def test_everyone_who_may_be_trained_on_is_nobody_of_test(arranged: Path) -> None:
    join()
    sources = Config.fromfile('configs/real_people/take_home.py').train_dataloader.dataset.sources
    everyone, judged = Path('data/real_everyone'), set()
    for file in Path('data/real_people/test').glob('*/people.json'):
        judged |= set(pictures_of(file))
    for name, sizes in dict(coco=(2, 2), mpii=(18, 2), lspet=(18, 2), stanford40=(2,)).items():
        assert sources[name].dataset.data_root == f'{everyone / name}/'
        names = pictures_of(everyone / name / 'people.json')
        assert len(set(names)) == sum(sizes)
        assert all((everyone / name / 'images' / one).is_file() for one in names)
    assert not judged & set(pictures_of(everyone / 'mpii/people.json'))


def pictures_of(file: Path) -> list[str]:
    content = json.loads(file.read_text())
    if isinstance(content, list):
        return [one['image'] for one in content]
    return [one['file_name'] for one in content['images']]


def test_missing_teachers_are_told(arranged: Path, people: Path) -> None:
    (arranged / 'teachers/movenet-thunder-coco17.onnx').unlink()
    with pytest.raises(FileNotFoundError, match='movenet-thunder-coco17.onnx; teachers/README.md says how'):
        plan.prepare(people, arranged / 'nowhere', people.parent / 'coco')


@pytest.mark.parametrize('name', [name for name, row in ROWS.items() if not row.proxy])
def test_every_row_trains_a_step(arranged: Path, name: str) -> None:
    config = runs.row_config(name, 0).model
    config.canvas_size, config.canvas_scale = None, 1.0
    config.backbone.init_cfg = None
    for entry in (config.teachers or {}).values():
        entry.calibration = None
        entry.padding, entry.window = None, dict(size=config.head.decoder.input_size, input_size=(96, 128))
    size = tuple(config.head.decoder.input_size)
    for entry, maps in zip(
        (config.teachers or {}).values(),
        (dict(heatmaps=(17, 16, 12), offsets=(34, 16, 12)), dict(heatmaps=(16, 16, 12))),
    ):
        entry.onnx = str(write_onnx_file(arranged / f'{len(maps)}.onnx', maps, size=(96, 128)))
        entry.adapter = dict(box_factor=0.0) if entry.output == 'score_maps' else None
    train_a_step(name, config, size)


def train_a_step(name: str, config: ConfigDict, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    model = MODELS.build(config)
    MessageHub.get_instance(f'real row {name}')  # no other run's epoch, which schedules read
    inputs = list(255 * torch.rand(2, 3, size[1], size[0]))
    batch = dict(inputs=inputs, data_samples=samples(2, sources=('coco', 'mpii')))
    logged = model.train_step(batch, OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.01)))
    assert logged['loss'].isfinite() and logged['loss'] > 0


def test_a_student_teaches_another(
    arranged: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = write_run_checkpoint(tmp_path_factory.mktemp('proxy'))
    stored, trained = [], []
    monkeypatch.setattr(runs, 'cache_teachers', lambda config, *_, **__: stored.append(list(config.model.teachers)))
    monkeypatch.setattr(runs, '_train', lambda name, seed: trained.append((name, seed)) or (checkpoint, {}))
    write_start()
    before = runs.recipe_digest('proxy_teacher', 0)  # is known where the proxy is not
    runs.store_targets('proxy_teacher')
    assert stored == [['coco', 'mpii'], ['coco', 'mpii', 'proxy']] and trained == [('rtmpose_t_boxes', 0)]
    assert runs.recipe_digest('proxy_teacher', 0) == before != runs.recipe_digest('unipose_boxes', 0)
    config = runs.row_config('proxy_teacher', 0).model
    config.backbone.init_cfg = None
    train_a_step('proxy_teacher', config, config.canvas_size)


def test_rows_of_the_same_targets_share_them_and_all_take_as_many_steps(arranged: Path) -> None:
    assert set(seeds_of('unipose')) == {0, 1, 2}
    runs_ = plan.runs_of(['unipose', 'unipose_boxes', 'annotations'], None, 'dev')
    assert runs_[:3] == [('annotations', '0'), ('unipose', '0'), ('unipose_boxes', '0')] and len(runs_) == 9
    assert plan.stores_of(runs_) in (['unipose'], ['unipose_boxes'])


def write_result(name: str, seed: int, right: int) -> None:
    coco = dict(images=pack([1]), image=pack([0]), annotated=pack([1]), rank=pack([0]), hits=pack([1023]))
    coco |= dict(misses=pack([0]), fixed_hits=pack([1023]), fixed_misses=pack([0]))
    one = dict(images=pack([1]), image=pack([0]), joints=pack([14]), right=pack([right]))
    facts = dict(coco=coco, mpii=dict(one, right01=pack([4])))
    facts['lsp'] = dict(one, joints_of_head=pack([14]), right_of_head=pack([right]))
    file = runs.result_file(name, seed, 'test')
    file.parent.mkdir(parents=True, exist_ok=True)
    columns = dict(coco_ap=1.0, lsp_pck=100 * right / 14)
    result = dict(name=name, seed=seed, recipe=runs.recipe_digest(name, seed), people=facts, columns=columns)
    file.write_text(json.dumps(dict(result, train_seconds=60.0)))


def test_tables(arranged: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    write_start()
    with pytest.raises(ValueError, match='no run is finished on test'):
        report.write_report('test')
    for seed in range(3):
        write_result('annotations', seed, 7)
        write_result('unipose', seed, 13)
    (arranged / 'docs').mkdir()
    report.write_report('test')
    page = (arranged / 'docs/results.md').read_text()
    assert 'real people, test tables begin' in page
    row = next(line for line in page.splitlines() if line.startswith('| unipose |'))
    assert '| 3 | 100.0 ± 0.0 |' in row and '| 92.9 ± 0.0 |' in row
    difference = next(line for line in page.splitlines() if line.startswith('| annotations alone | +0.0 '))
    assert '+42.9 [+42.9, +42.9]' in difference
    machine = json.loads((arranged / 'docs/results/real_people.json').read_text())
    assert {(one['name'], one['seed']) for one in machine} == {
        (n, s) for n in ('annotations', 'unipose') for s in range(3)
    }


def test_a_wider_backbone_computes_nearly_the_same(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    narrow = request.config.rootpath / 'teachers/benchmark/backbone.pth'
    write_start(narrow, tmp_path / 'wide.pth')
    model = dict(backbone=dict(init_cfg=dict(checkpoint=str(tmp_path / 'wide.pth'))))
    assert [one.licence.name for one in licences_of_config(dict(model=model))] == ['synthetic']
    states = [load_state_dict_file(file) for file in (narrow, tmp_path / 'wide.pth')]
    config = runs.Config.fromfile(request.config.rootpath / 'configs/real_people/student.py').model.backbone
    outputs = []
    for factor, state in zip((0.1875, 0.375), states):
        model = MODELS.build(dict(config, widen_factor=factor, init_cfg=None))
        model.load_state_dict({key.removeprefix('backbone.'): value for key, value in state.items()})
        model.eval()
        with torch.no_grad():
            outputs.append(model(torch.randn(1, 3, 128, 96, generator=torch.Generator().manual_seed(0)))[0])
    twins = outputs[0].repeat_interleave(2, 1)
    assert (outputs[1] - twins).abs().mean() < 0.1 * twins.abs().mean()

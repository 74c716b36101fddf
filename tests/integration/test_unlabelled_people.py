"""People without keypoints: taught by teachers alone, beside labelled ones or without any."""

import runpy
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.logging import MessageHub
from mmengine.runner import Runner
from mmpose.registry import MODELS

from tests.builders import CANVAS, model_config, sources, train_config, train_pipeline, write_teachers
from tests.evaluation_inputs import data_config
from unipose.commands.train.preparation import prepare_training
from unipose.commands.train.runner import TrainingRunner
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.distillers import MultiTeacherDistiller
from unipose.visualization.canvas_samples import CanvasSamples

TOOLS = Path(__file__).resolve().parents[2] / 'tools'


def people_in(root: Path) -> dict:
    """The synthetic COCO people as a source of boxes alone."""
    dataset = dict(
        type='PersonBoxDataset',
        data_root=str(root / 'coco'),
        ann_file='annotations/person_keypoints_train2017.json',
        data_prefix=dict(img='train2017/'),
    )
    return dict(skeleton=None, dataset=dataset)


@pytest.fixture(scope='module')
def teachers(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return write_teachers(tmp_path_factory.mktemp('teachers'))


@pytest.fixture(scope='module')
def dataset(synthetic: Path) -> UnifiedKeypointDataset:
    given = dict(sources(synthetic), web=people_in(synthetic))
    return UnifiedKeypointDataset(given, train_pipeline(), skeleton='coco+mpii')


@pytest.fixture
def model(teachers: dict, request: pytest.FixtureRequest) -> MultiTeacherDistiller:
    MessageHub.get_instance(request.node.nodeid)  # without another run's epoch
    torch.manual_seed(0)
    return MODELS.build(model_config('coco+mpii', 21, teachers=teachers))


def batch(dataset: UnifiedKeypointDataset, *drawn: tuple[str, int]) -> list[dict]:
    firsts = {source.name: int(first) for source, first in zip(dataset.sources, dataset.first_indices)}
    return [dataset[(firsts[source] + number, 0)] for source, number in drawn]


LABELLED = (('coco', 0), ('mpii', 0), ('coco', 5))
UNLABELLED = (('web', 0), ('web', 3), ('web', 7))


def losses_and_gradient(model: MultiTeacherDistiller, samples: list[dict]) -> tuple[dict, float]:
    data = model.data_preprocessor(pseudo_collate(samples), training=True)
    losses = model.loss(data['inputs'], data['data_samples'])
    model.zero_grad()
    total, _ = model.parse_losses(losses)
    total.backward()
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    assert total.isfinite() and all(gradient.isfinite().all() for gradient in gradients)
    return losses, sum(gradient.abs().sum().item() for gradient in gradients)


def test_a_mixed_batch_teaches(model: MultiTeacherDistiller, dataset: UnifiedKeypointDataset) -> None:
    losses, gradient = losses_and_gradient(model, batch(dataset, *LABELLED, *UNLABELLED))
    assert gradient > 0
    assert all(losses[f'loss_{name}'] > 0 for name in ('gt', 'kd_coco', 'kd_mpii'))


def test_teachers_alone_teach(model: MultiTeacherDistiller, dataset: UnifiedKeypointDataset) -> None:
    losses, gradient = losses_and_gradient(model, batch(dataset, *UNLABELLED))
    assert losses['loss_gt'] == 0 and losses['raw_gt'] == 0
    assert losses['loss_kd_coco'] > 0 and losses['loss_kd_mpii'] > 0 and gradient > 0


def test_labels_count_the_same_beside_people_without_any(
    model: MultiTeacherDistiller, dataset: UnifiedKeypointDataset
) -> None:
    model.eval()  # batch statistics aside
    alone, _ = losses_and_gradient(model, batch(dataset, *LABELLED))
    beside, _ = losses_and_gradient(model, batch(dataset, *LABELLED, *UNLABELLED))
    assert torch.allclose(alone['raw_gt'], beside['raw_gt'], rtol=1e-5)
    assert not torch.allclose(alone['raw_kd_coco'], beside['raw_kd_coco'], rtol=1e-5)


def test_without_teachers_they_change_nothing(dataset: UnifiedKeypointDataset) -> None:
    student = MODELS.build(model_config('coco+mpii', 21, canvas_size=CANVAS))
    losses, gradient = losses_and_gradient(student, batch(dataset, *UNLABELLED))
    assert losses['loss_gt'] == 0 and gradient == 0


def run_config(synthetic: Path, work_dir: Path, model: dict, given: dict) -> Config:
    config = train_config(synthetic, work_dir, model, experiment_name=work_dir.name)
    config.train_dataloader.dataset.sources = given
    return config


@pytest.mark.parametrize('others', [(), ('mpii',)], ids=['alone', 'beside MPII'])
def test_a_run_trains(synthetic: Path, tmp_path: Path, teachers: dict, others: tuple[str, ...]) -> None:
    student = model_config('coco+mpii', 21, teachers=teachers)
    given = {name: sources(synthetic)[name] for name in others} | dict(web=people_in(synthetic))
    config = run_config(synthetic, tmp_path / f'run{len(others)}', student, given)
    config.train_dataloader.update(num_workers=1)
    prepare_training(config)
    runner = TrainingRunner.from_cfg(config)
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    after = torch.load(Path(config.work_dir) / 'epoch_1.pth', weights_only=True)['state_dict']
    assert any(not torch.equal(value, before[key]) for key, value in after.items() if key.startswith('head.'))
    assert all(value.isfinite().all() for value in after.values())


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (
            dict(dialects=dict(a=dict(skeleton='coco'), mpii=dict(skeleton='mpii'))),
            r"dialects \['a'\] are named after no",
        ),
        (dict(combine='by_source'), r'needs teachers named after the sources'),
    ],
)
def test_names_that_belong_to_no_source_are_refused(
    synthetic: Path, tmp_path: Path, teachers: dict, changes: dict, message: str
) -> None:
    student = model_config(
        'coco+mpii', 21, teachers={f'{name}_t': entry for name, entry in teachers.items()}, **changes
    )
    config = run_config(synthetic, tmp_path / f'strangers{len(message)}', student, sources(synthetic))
    prepare_training(config)
    with pytest.raises(ValueError, match=message):
        TrainingRunner.from_cfg(config).train()


def test_a_run_without_any_teaching_is_refused(synthetic: Path, tmp_path: Path) -> None:
    student = model_config('coco+mpii', 21, canvas_size=CANVAS)
    config = run_config(synthetic, tmp_path / 'untaught', student, dict(web=people_in(synthetic)))
    with pytest.raises(ValueError, match=r"nothing teaches the student: none of the sources \['web'\] has keypoints"):
        TrainingRunner.from_cfg(config).train()
    assert not list((tmp_path / 'untaught').glob('*.py'))


def test_they_are_not_validated_on(synthetic: Path, tmp_path: Path, teachers: dict) -> None:
    student = model_config('coco+mpii', 21, teachers=teachers)
    config = run_config(synthetic, tmp_path / 'validated', student, dict(web=people_in(synthetic)))
    validation = data_config(synthetic)
    config.val_dataloader, config.val_evaluator = validation['test_dataloader'], validation['test_evaluator']
    config.val_cfg = dict()
    config.val_dataloader.dataset.sources.web = people_in(synthetic)
    with pytest.raises(ValueError, match=r"(?s)'web' has no keypoints .* to score predictions by"):
        Runner.from_cfg(config).train()


def test_their_windows_are_drawn(synthetic: Path, tmp_path: Path, teachers: dict, monkeypatch) -> None:
    student = model_config('coco+mpii', 21, teachers=teachers)
    config = run_config(synthetic, tmp_path / 'work', student, dict(web=people_in(synthetic)))
    assert CanvasSamples(config.train_dataloader.dataset)[0].title.endswith(', no keypoints')
    config.dump(tmp_path / 'config.py')
    arguments = ['browse_dataset.py', tmp_path / 'config.py', '--out', tmp_path / 'windows', '--num', 2, '--epoch', 1]
    monkeypatch.setattr(sys, 'argv', [str(argument) for argument in arguments])
    with pytest.raises(SystemExit) as finished:
        runpy.run_path(str(TOOLS / 'browse_dataset.py'), run_name='__main__')
    assert not finished.value.code
    assert sorted(path.name for path in (tmp_path / 'windows').iterdir()) == ['web_0.png', 'web_1.png']

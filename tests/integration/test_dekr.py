"""DEKR from the first command to the last: train, resume, test, predict, rescore, and label for a student."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from tests.films import write_film
from tests.whole_pictures import dekr_config, write_dekr
from unipose.checkpoints.loading import sha256_file
from unipose.rescoring import Predictions


@pytest.fixture(scope='module')
def config(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('dekr')
    dekr_config(synthetic, folder / 'run').dump(folder / 'dekr.py')
    return folder / 'dekr.py'


@pytest.fixture(scope='module')
def weights(config: Path) -> Path:
    return write_dekr(config.with_name('dekr.pth'), Config.fromfile(config))


def test_training_goes_on_as_if_it_had_not_stopped(run_tool, synthetic: Path, tmp_path: Path) -> None:
    """Two epochs at once are one and one more, to the last bit."""
    ends = {}
    for name, steps in {'whole': (2,), 'stopped': (1, 2)}.items():
        for epochs in steps:
            changes = {'train_cfg.max_epochs': epochs, 'train_cfg.val_interval': 2}
            changes |= {'param_scheduler': [], 'custom_hooks': [], 'default_hooks.checkpoint.interval': 1}
            dekr_config(synthetic, tmp_path / name, **changes).dump(tmp_path / 'dekr.py')
            done = run_tool('train.py', tmp_path / 'dekr.py', *(['--resume'] if epochs > 1 else []))
            assert done.code == 0, done.err
        content = torch.load(tmp_path / name / 'epoch_2.pth', weights_only=True)
        ends[name] = content['state_dict']
        logged = content['message_hub']['log_scalars']
        assert logged['train/loss/heatmap'].current() > 0 and logged['train/loss/displacement'].current() > 0
        assert content['meta']['dataset_meta']['dataset_name'] == 'coco'
    assert all(torch.equal(value, ends['stopped'][key]) for key, value in ends['whole'].items())


def test_what_is_of_crops_is_refused(run_tool, config: Path) -> None:
    for option in ('--crops', '--targets'):
        done = run_tool('train.py', config, option, 'auto')
        assert done.code == 2 and f'leave {option[2:]} out' in done.err


def test_test(run_tool, config: Path, weights: Path, tmp_path: Path) -> None:
    out, dump = tmp_path / 'metrics.json', tmp_path / 'predictions.json'
    done = run_tool('test.py', config, weights, '--tta', 'flip,multiscale', '--out', out, '--dump', dump)
    assert done.code == 0, done.err
    assert "flip test as MMPose's, scales 1, 0.5, 2" in done.out
    assert 'coco: 8 pictures, people found by the model' in done.out
    protocol, predictions = json.loads(out.read_text())['protocol'], json.loads(dump.read_text())['predictions']
    assert protocol['checkpoint_sha256'] == sha256_file(weights) and len(predictions) > 0
    done = run_tool('test.py', config, weights, '--detections', f'coco={dump}', '--out', out)
    assert done.code == 2 and 'finds people itself' in done.err


def test_predict(run_tool, config: Path, weights: Path, synthetic: Path, tmp_path: Path) -> None:
    pictures = sorted((synthetic / 'coco/val2017').iterdir())[:2]
    asked = ('--pose2d', config, '--pose2d-weights', weights, '--vis-out-dir', tmp_path / 'drawn')
    files = ('--pred-out-dir', tmp_path / 'people', '--csv-out', tmp_path / 'people.csv')
    done = run_tool('inferencer_demo.py', *pictures, *asked, *files)
    assert done.code == 0, done.err
    assert 'one person' not in done.err and '2 of 2 images' in done.out
    for picture in pictures:
        written = json.loads((tmp_path / f'people/{picture.stem}.json').read_text())
        assert (tmp_path / 'drawn' / picture.name).is_file() and written['meta']['skeleton'] == 'coco'
        assert all(0.1 <= one['score'] <= 1 and len(one['keypoints']) == 17 for one in written['instances'])
    film = write_film(tmp_path / 'film.mp4', 3)
    done = run_tool('inferencer_demo.py', film, *asked, '--track', '--pred-out-dir', tmp_path / 'film')
    assert done.code == 0 and '3 of 3 frames' in done.out, done.err
    done = run_tool('inferencer_demo.py', *pictures, *asked, '--det-model', 'auto')
    assert done.code == 2 and 'finds people in whole pictures itself; leave out --det-model' in done.err


def test_rescoring(run_tool, config: Path, weights: Path, synthetic: Path, tmp_path: Path) -> None:
    people, rescorer, out = tmp_path / 'people.npz', tmp_path / 'rescorer.pth', tmp_path / 'metrics.json'
    done = run_tool('rescore.py', 'collect', config, weights, '--boxes', 2, '--jitter', 0.1, '--out', people)
    assert done.code == 2 and 'leave out --jitter, --boxes and --background' in done.err
    done = run_tool('rescore.py', 'collect', config, weights, '--out', people)
    assert done.code == 0, done.err
    collected = Predictions.load(people)
    assert collected.found and len(set(collected.image)) > 6 and (collected.oks < 1).all()
    assert collected.mean_scores() == pytest.approx(collected.scores.mean(1), abs=1e-5)
    done = run_tool('rescore.py', 'train', people, '--out', rescorer)
    assert done.code == 0 and "the model's own score" in done.out, done.err
    done = run_tool('test.py', config, weights, '--out', out, '--cfg-options', f'rescorer={rescorer}')
    assert done.code == 0 and 'people scored by rescorer.pth' in done.out, done.err


def test_labels(run_tool, config: Path, weights: Path, synthetic: Path, tmp_path: Path) -> None:
    out, pictures = tmp_path / 'people.json', synthetic / 'coco/train2017'
    asked = (config, pictures, '--checkpoint', weights, '--out', out, '--kpt-thr', 0.05)
    for option in (('--det-model', 'auto'), ('--boxes', out)):
        done = run_tool('predict_labels.py', *asked, *option)
        assert done.code == 2 and 'finds people itself' in done.err
    done = run_tool('predict_labels.py', *asked)
    assert done.code == 0 and 'people in 12 images' in done.out, done.err
    labels = json.loads(out.read_text())
    assert labels['info']['model'] == dict(checkpoint='dekr.pth', sha256=sha256_file(weights))
    for person in labels['annotations']:
        assert 0 < person['num_keypoints'] == sum(v == 2 for v in person['keypoints'][2::3])
    assert "web=dict(skeleton='coco'" in done.out

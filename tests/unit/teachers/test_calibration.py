import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from unipose.teachers.calibration import MAX_KNOTS, Calibration, calibration_error, equal_groups

DIGEST, OTHER = (hashlib.sha256(weights).hexdigest() for weights in (b'weights', b'trained further'))
MEASURED = dict(checkpoint_sha256=DIGEST, checkpoint='teacher.pth')


def observations(num: int = 20000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """An overcautious teacher: of the keypoints with confidence c, the share sqrt(c) is right."""
    rng = np.random.default_rng(seed)
    confidence = rng.random(num)
    return confidence, rng.random(num) < np.sqrt(confidence)


def test_between_knots_it_is_linear_and_beyond_them_constant() -> None:
    calibration = Calibration([0.2, 0.4, 0.8], [0.1, 0.5, 0.9], MEASURED)
    got = calibration(torch.tensor([[0.0, 0.2, 0.3], [0.4, 0.6, 3.0]]))
    assert torch.allclose(got, torch.tensor([[0.1, 0.1, 0.3], [0.5, 0.7, 0.9]]))


def test_one_knot_is_a_constant() -> None:
    assert Calibration([0.5], [0.7], MEASURED)(torch.rand(2, 3)).tolist() == [[pytest.approx(0.7)] * 3] * 2


@pytest.mark.parametrize('knots', [1, 3])
def test_what_nobody_measured_is_no_probability(knots: int) -> None:
    calibration = Calibration([0.2, 0.4, 0.8][:knots], [0.1, 0.5, 0.9][:knots], MEASURED, [0.1, 0.2, 0.3][:knots])
    asked = torch.tensor([[float('nan'), 0.2]])
    for found, at_first in ((calibration(asked), 0.1), (calibration.spread(asked), 0.1)):
        assert found[0, 0].isnan() and found[0, 1].item() == pytest.approx(at_first)


def test_the_fit_finds_the_true_probability() -> None:
    calibration = Calibration.fit(*observations(), MEASURED)
    assert len(calibration.confidences) <= MAX_KNOTS
    asked = torch.linspace(0.05, 0.95, 50)
    assert torch.allclose(calibration(asked), asked.sqrt(), atol=0.04)
    assert (calibration(torch.linspace(-1, 2, 500)).diff() >= 0).all()


def test_it_makes_two_scales_one() -> None:
    """A heatmap's peak and an unbounded logit, both of teachers that are right equally often."""
    confidence, right = observations()
    logits = 7 * confidence - 3
    low, high = Calibration.fit(confidence, right, MEASURED), Calibration.fit(logits, right, MEASURED)
    asked = torch.linspace(0, 1, 20)
    assert torch.allclose(low(asked), high(7 * asked - 3), atol=1e-3)


def test_the_error_falls_on_keypoints_that_it_has_not_seen() -> None:
    calibration = Calibration.fit(*observations(seed=0), MEASURED)
    confidence, right = observations(seed=1)
    groups = equal_groups(confidence, 10)
    calibrated = calibration(torch.from_numpy(confidence)).numpy()
    assert calibration_error(confidence, right, groups) == pytest.approx(1 / 6, abs=0.01)  # mean of sqrt(c) - c
    assert calibration_error(calibrated, right, groups) < 0.02


def test_a_wrong_order_is_pooled() -> None:
    confidence = np.repeat([0.1, 0.2, 0.3], 100)
    right = np.concatenate([np.arange(100) < share for share in (20, 60, 40)])
    calibration = Calibration.fit(confidence, right, MEASURED)
    assert calibration.probabilities == pytest.approx((0.2, 0.5))
    assert calibration.confidences == pytest.approx((0.1, 0.25))


def true_spread(confidence: np.ndarray | torch.Tensor) -> np.ndarray | torch.Tensor:
    return 0.03 - 0.02 * confidence


def errors(confidence: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Distances in the plane, Gaussian along each axis where the keypoint is right, and far away where it is not."""
    along = np.random.default_rng(2).normal(size=(len(confidence), 2)) * true_spread(confidence)[:, None]
    return np.where(right, np.hypot(*along.T), 0.7)


def test_the_fit_finds_how_far_right_keypoints_are_off() -> None:
    confidence, right = observations()
    calibration = Calibration.fit(confidence, right, MEASURED, errors(confidence, right))
    asked = torch.linspace(0.05, 0.95, 50)
    assert torch.allclose(calibration.spread(asked), true_spread(asked), rtol=0.06)
    assert torch.allclose(calibration(asked), asked.sqrt(), atol=0.04)


def test_the_spread_of_a_pooled_knot_is_that_of_all_its_keypoints() -> None:
    confidence = np.repeat([0.1, 0.2, 0.3], 100)
    right = np.concatenate([np.arange(100) < share for share in (20, 60, 40)])
    off = np.repeat([0.01, 0.02, 0.04], 100)
    calibration = Calibration.fit(confidence, right, MEASURED, off)
    pooled = ((60 * 0.02**2 + 40 * 0.04**2) / 100 / 2) ** 0.5
    assert calibration.spreads == pytest.approx((0.01 / 2**0.5, pooled))


def test_where_nothing_is_right_there_is_no_spread() -> None:
    calibration = Calibration.fit(np.linspace(0, 1, 100), np.zeros(100, bool), MEASURED, np.full(100, 0.5))
    assert set(calibration.spreads) == {0.0}


def test_between_knots_the_spread_is_linear_and_beyond_them_constant() -> None:
    calibration = Calibration([0.2, 0.4, 0.8], [0.1, 0.5, 0.9], MEASURED, [0.05, 0.03, 0.01])
    got = calibration.spread(torch.tensor([[0.0, 0.2, 0.3], [0.4, 0.6, 3.0]]))
    assert torch.allclose(got, torch.tensor([[0.05, 0.05, 0.04], [0.03, 0.02, 0.01]]))
    assert Calibration([0.5], [0.7], MEASURED, [0.02]).spread(torch.rand(2)).tolist() == [pytest.approx(0.02)] * 2


def test_without_a_measured_spread_there_is_none() -> None:
    calibration = Calibration.fit(*observations(), MEASURED)
    assert calibration.spreads is None
    assert calibration.spread(torch.rand(3)).tolist() == [0.0] * 3


def test_groups_are_equal_and_keep_ties_together() -> None:
    assert np.bincount(equal_groups(np.random.default_rng(0).random(1000), 10)).tolist() == [100] * 10
    values = np.concatenate([np.ones(70), np.linspace(0, 0.9, 30)])
    groups = equal_groups(values, 10)
    assert len(set(groups[:70])) == 1 and groups.min() == 0 and (np.bincount(groups) > 0).all()


def test_a_file_holds_all_of_it(tmp_path: Path) -> None:
    calibration = Calibration([0.2, 0.4], [0.1, 0.5], dict(MEASURED, source='coco', tolerance=6.4))
    calibration.save(tmp_path / 'calibration.json')
    loaded = Calibration.load(tmp_path / 'calibration.json', DIGEST)
    assert vars(loaded).keys() == vars(calibration).keys()
    assert (loaded.confidences, loaded.probabilities) == (calibration.confidences, calibration.probabilities)
    assert loaded.measured == calibration.measured and loaded.spreads is None
    assert 'spreads' not in json.loads((tmp_path / 'calibration.json').read_text())


def test_a_file_holds_spreads(tmp_path: Path) -> None:
    calibration = Calibration([0.2, 0.4], [0.1, 0.5], MEASURED, [0.03, 0.01])
    calibration.save(tmp_path / 'calibration.json')
    loaded = Calibration.load(tmp_path / 'calibration.json', DIGEST)
    assert loaded.spreads == (0.03, 0.01)
    asked = torch.rand(5)
    assert torch.equal(loaded.spread(asked), calibration.spread(asked)) and torch.equal(
        loaded(asked), calibration(asked)
    )


def test_another_checkpoint_is_refused(tmp_path: Path) -> None:
    Calibration([0.2, 0.4], [0.1, 0.5], MEASURED).save(tmp_path / 'calibration.json')
    message = rf'(?s)measured on other weights \(teacher.pth\).*{DIGEST}.*{OTHER}.*unipose calibrate'
    with pytest.raises(ValueError, match=message):
        Calibration.load(tmp_path / 'calibration.json', OTHER)


@pytest.mark.parametrize(
    ('confidences', 'probabilities', 'measured', 'message'),
    [
        ([], [], MEASURED, 'at least one. Got: 0 and 0'),
        ([0.1, 0.2], [0.5], MEASURED, 'Got: 1 and 2'),
        ([0.2, 0.2], [0.1, 0.5], MEASURED, r'must increase. Got: \[0.2, 0.2\]'),
        ([0.2, float('nan')], [0.1, 0.5], MEASURED, 'must increase'),
        ([0.1, 0.2], [0.5, 0.4], MEASURED, 'not decrease with confidence'),
        ([0.1, 0.2], [0.5, 1.2], MEASURED, r'in \[0, 1\]'),
        ([0.1], [0.5], {}, 'checkpoint_sha256'),
    ],
)
def test_it_must_be_a_map_of_a_known_teacher(confidences: list, probabilities: list, measured: dict, message: str):
    with pytest.raises(ValueError, match=message):
        Calibration(confidences, probabilities, measured)


@pytest.mark.parametrize('spreads', [[], [0.1], [0.1, -0.1], [0.1, 1.0], [0.1, float('nan')], [0.1, 0.1, 0.1]])
def test_there_is_a_spread_for_each_confidence(spreads: list) -> None:
    with pytest.raises(ValueError, match=r'spreads must be in \[0, 1\), one for each confidence. Got: \['):
        Calibration([0.1, 0.2], [0.5, 0.6], MEASURED, spreads)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('{', 'is not JSON'),
        ('[1]', 'is no calibration'),
        ('{"confidences": [0.1]}', "lacks 'probabilities'"),
        ('{"confidences": ["a"], "probabilities": [1], "measured": {}}', 'could not convert'),
        (json.dumps(dict(confidences=[1], probabilities=[2], measured=MEASURED)), r'in \[0, 1\]'),
        (json.dumps(dict(confidences=[1], probabilities=[1], measured=MEASURED, spreads=[2])), 'spreads must be in'),
        (json.dumps(dict(confidences=[1], probabilities=[1], measured=MEASURED, spreads=2)), 'not iterable'),
    ],
)
def test_a_file_that_is_no_calibration_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / 'broken.json'
    path.write_text(content)
    with pytest.raises(ValueError, match=f'(?s){path}.*{message}.*measure it again'):
        Calibration.load(path, DIGEST)
    with pytest.raises(FileNotFoundError, match='calibration not found: nowhere.json'):
        Calibration.load('nowhere.json', DIGEST)


@pytest.mark.parametrize(
    ('confidence', 'message'), [(np.zeros(49), 'Got: 49'), (np.full(100, np.nan), '100 of them not finite')]
)
def test_too_little_to_fit(confidence: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Calibration.fit(confidence, np.ones(len(confidence), bool), MEASURED)

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from tests.rescoring_inputs import predictions, write_rescorer
from unipose.rescoring.rescorer import Rescorer
from unipose.skeletons import load_skeleton

UNION = load_skeleton('coco+mpii').names


def three_keypoints() -> tuple[torch.Tensor, torch.Tensor]:
    """A person whose keypoints are 3 left, 3 right and 0 of the middle."""
    return torch.tensor([[[7.0, 9], [13, 9], [10, 9]]]), torch.tensor([[0.1, 0.2, 0.3]])


def test_features_by_hand() -> None:
    rescorer = Rescorer('abc', [(0, 1), (1, 2)])
    extent = np.sqrt((9 + 9 + 0) / 3)
    relative = np.array([[-3, 0], [3, 0], [0, 0]]) / extent
    expected = [*relative.ravel(), 6 / extent, 3 / extent, 0.1, 0.2, 0.3]
    np.testing.assert_allclose(rescorer.features(*three_keypoints())[0], expected, rtol=1e-5, atol=1e-6)


def test_where_and_how_large_a_person_is_does_not_matter() -> None:
    rescorer = Rescorer('abc', [(0, 1)])
    keypoints, scores = three_keypoints()
    torch.testing.assert_close(rescorer.features(2 * keypoints + 50, scores), rescorer.features(keypoints, scores))


def test_odd_people_have_a_score() -> None:
    keypoints = np.float32([[[5, 5]] * 3, [[-1e6, 0], [1e6, 3], [0, 0]]])  # all in one place, and far away
    found = Rescorer('abc', []).eval().predict(keypoints, np.float32([[-3, 0, 9]] * 2))
    assert ((found >= 0) & (found <= 1)).all()


def test_its_file(tmp_path: Path) -> None:
    people = predictions(6, skeleton='coco+mpii')
    arrays = people.keypoints, people.scores
    loaded = Rescorer.load(write_rescorer(tmp_path / 'rescorer.pth'), UNION)
    found = loaded.predict(*arrays)
    assert np.ptp(found) > 1e-3
    loaded.measured = dict(people=6)
    loaded.mean += 0.5
    loaded.save(tmp_path / 'again.pth')
    again = Rescorer.load(tmp_path / 'again.pth', UNION)
    assert again.measured == dict(people=6) and not again.training
    assert (again.predict(*arrays) == loaded.predict(*arrays)).all() and (again.predict(*arrays) != found).any()
    instances = [InstanceData(keypoints=one[None], keypoint_scores=scores[None]) for one, scores in zip(*arrays)]
    np.testing.assert_allclose(loaded.predict_instances(instances), loaded.predict(*arrays), rtol=1e-5)


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match='rescorer not found: none.pth'):
        Rescorer.load('none.pth', UNION)
    torch.save(dict(state_dict=dict(weight=torch.zeros(1))), tmp_path / 'student.pth')
    with pytest.raises(ValueError, match='student.pth is no rescorer; fit one with `unipose rescore`'):
        Rescorer.load(tmp_path / 'student.pth', UNION)
    (tmp_path / 'text.pth').write_text('text')
    with pytest.raises(ValueError, match='text.pth is truncated, damaged or no checkpoint'):
        Rescorer.load(tmp_path / 'text.pth', UNION)
    write_rescorer(tmp_path / 'coco.pth', 'coco')
    with pytest.raises(ValueError, match="other keypoints than the student's.\n  its 17: nose, .*\n  the 21 .*pelvis"):
        Rescorer.load(tmp_path / 'coco.pth', UNION)
    coco = load_skeleton('coco').names
    with pytest.raises(ValueError, match='scores other keypoints'):
        Rescorer.load(tmp_path / 'coco.pth', coco[::-1])
    with pytest.raises(ValueError, match=r'takes keypoints \[N, 17, 2\]. Got: \(1, 3, 2\)'):
        Rescorer.load(tmp_path / 'coco.pth', coco).predict(*(values.numpy() for values in three_keypoints()))

from pathlib import Path

import numpy as np
import pytest

from tests.rescoring_inputs import predictions
from unipose.rescoring import Predictions


def test_its_file(tmp_path: Path) -> None:
    people = predictions(5, skeleton='coco+mpii')
    people.save(tmp_path / 'people.npz')
    loaded = Predictions.load(tmp_path / 'people.npz')
    assert len(loaded) == 5
    for name, values in vars(people).items():
        np.testing.assert_array_equal(getattr(loaded, name), values)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match='file of predictions not found: none.npz'):
        Predictions.load('none.npz')
    predictions(0).save(tmp_path / 'empty.npz')
    with pytest.raises(ValueError, match='empty.npz has no people in it.*annotated keypoints'):
        Predictions.load(tmp_path / 'empty.npz')
    np.savez(tmp_path / 'other.npz', names=np.array(['nose']))
    np.save(tmp_path / 'array.npy', np.zeros(3))
    (tmp_path / 'text.npz').write_text('text')
    (tmp_path / 'nothing.npz').touch()
    (tmp_path / 'cut.npz').write_bytes(b'PK\x03\x04')
    for name in ('other.npz', 'array.npy', 'text.npz', 'nothing.npz', 'cut.npz'):
        with pytest.raises(ValueError, match=f'{name} is no file of predictions .*`unipose rescore collect'):
            Predictions.load(tmp_path / name)


def test_mirror_images() -> None:
    people = predictions()
    mirrored = people.mirrored()
    np.testing.assert_array_equal(mirrored.scores[:, 1], people.scores[:, 2])  # the eyes
    np.testing.assert_allclose(mirrored.keypoints[:, 1, 0] + people.keypoints[:, 2, 0], 200, rtol=1e-6)
    np.testing.assert_array_equal(mirrored.keypoints[:, 1, 1], people.keypoints[:, 2, 1])
    np.testing.assert_allclose(mirrored.mirrored().keypoints, people.keypoints, rtol=1e-5)


def test_people_of_an_image_are_held_out_together() -> None:
    people = predictions(60, per_image=3, source=np.array(['coco', 'mpii'] * 30))  # 40 images, 20 of each number
    mask = people.held_out(share=0.25)
    held, others = ({*zip(people.source[of], people.image[of])} for of in (mask, ~mask))
    assert len(held) == 10 and len(others) == 30 and not held & others
    assert (mask == people.held_out(share=0.25)).all() and (mask != people.held_out(share=0.25, seed=1)).any()
    assert (people.of(mask).oks == people.oks[mask]).all() and (people.of(mask).names == people.names).all()
    with pytest.raises(ValueError, match='fitted on some images .* Got: 4 people in 1 images'):
        predictions(4, per_image=4).held_out()


def test_scores_without_a_rescorer() -> None:
    scores = np.tile(np.float32([0.9, 0.1, 0.5] + [0.0] * 14), (2, 1))
    known = np.ones((2, 17), bool)
    known[1, 0] = False
    people = predictions(2, scores=scores, known=known, bbox_score=np.float32([1.0, 0.5]))
    np.testing.assert_allclose(people.mean_scores(), [0.7, 0.25], rtol=1e-6)
    assert predictions(1, scores=np.zeros((1, 17), np.float32)).mean_scores() == 0

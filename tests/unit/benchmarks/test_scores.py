import math

import numpy as np
import pytest

from benchmarks.quality.scores import COLUMNS, Facts, PersonScores, pack, unpack

ALL = 0b1111111111


def coco(hits: list[int], rank: list[int] | None = None, **changes: list[int]) -> dict[str, str]:
    """One person in each image; who is not right is wrong."""
    people = np.arange(len(hits))
    misses = ALL - np.array(hits)
    arrays = dict(
        images=people + 7, image=people, annotated=np.ones_like(people), rank=people if rank is None else rank
    )
    arrays |= dict(hits=hits, misses=misses, fixed_hits=hits, fixed_misses=misses)
    return {name: pack(array) for name, array in {**arrays, **changes}.items()}


def mpii() -> dict[str, str]:
    arrays = dict(images=[3, 5, 8], image=[0, 0, 1, 2], joints=[10, 14, 4, 0], right=[9, 7, 4, 0], right01=[1, 2, 3, 0])
    return {name: pack(array) for name, array in arrays.items()}


def random_facts(seed: int) -> Facts:
    rng = np.random.default_rng(seed)
    image = np.sort(rng.integers(0, 40, 80))
    hits = (1 << rng.integers(0, 11, 80)) - 1
    arrays = dict(images=np.arange(40), image=image, annotated=np.bincount(image, minlength=40))
    arrays |= dict(hits=hits, misses=ALL - hits, fixed_hits=hits, fixed_misses=ALL - hits, rank=rng.permutation(80))
    return dict(coco={name: pack(array) for name, array in arrays.items()}, mpii=mpii())


def test_packing() -> None:
    values = np.array([0, 1, -1, 2**31 - 1])
    np.testing.assert_array_equal(unpack(pack(values)), values)
    assert unpack(pack([])).size == 0


def test_average_precision_by_hand() -> None:
    # of two people the surer is right: precision 1 up to recall 1/2, which 51 of the 101 recall levels reach
    assert PersonScores(dict(coco=coco([ALL, 0]))).columns()['coco_ap'] == pytest.approx(51 / 101)
    # the less sure is: precision 1/2 up to there
    assert PersonScores(dict(coco=coco([0, ALL]))).columns()['coco_ap'] == pytest.approx(0.5 * 51 / 101)
    assert PersonScores(dict(coco=coco([ALL, 0], rank=[1, 0]))).columns()['coco_ap'] == pytest.approx(0.5 * 51 / 101)
    # right at OKS 0.5 to 0.7 only
    columns = PersonScores(dict(coco=coco([0b11111, 0b11111]))).columns()
    assert (columns['coco_ap'], columns['coco_ap75']) == (pytest.approx(0.5), 0.0)
    assert PersonScores(dict(coco=coco([0b111111]))).columns()['coco_ap75'] == pytest.approx(1.0)


@pytest.mark.parametrize('hits', [[ALL, 0], [0, ALL]])
def test_a_fixed_score_knows_no_order(hits: list[int]) -> None:
    columns = PersonScores(dict(coco=coco(hits))).columns()
    assert columns['coco_ap_fixed'] == pytest.approx(0.5 * 51 / 101)


def test_a_fixed_score_is_the_lowest_of_all_orders() -> None:
    facts = random_facts(0)
    hits = unpack(facts['coco']['hits'])
    lowest = PersonScores(facts).columns()['coco_ap_fixed']
    rng = np.random.default_rng(0)
    for _ in range(20):
        facts['coco']['rank'] = pack(rng.permutation(80))
        assert PersonScores(facts).columns()['coco_ap'] > lowest
    # worst first is the lowest order, as who is right at a high threshold is right at all lower ones here
    facts['coco']['rank'] = pack(np.argsort(np.argsort(hits, kind='stable')))
    assert PersonScores(facts).columns()['coco_ap'] == pytest.approx(lowest)


def test_a_detection_that_is_neither_right_nor_wrong() -> None:
    # a duplicate that was suppressed, or a match of somebody who is not to be found, costs nothing
    facts = coco([ALL, 0], rank=[1, 0], misses=[0, 0], fixed_misses=[0, 0], annotated=[1, 0])
    assert PersonScores(dict(coco=facts)).columns() == dict(coco_ap=1.0, coco_ap75=1.0, coco_ap_fixed=1.0)


def test_pckh_is_over_all_joints_together() -> None:
    scores = PersonScores(dict(mpii=mpii()))
    assert scores.column_names == COLUMNS['mpii']
    assert scores.columns() == dict(mpii_pckh=pytest.approx(100 * 20 / 28), mpii_pckh01=pytest.approx(100 * 6 / 28))
    weighted = scores.weighted_columns(dict(mpii=[[2, 0, 5], [0, 3, 1], [0, 0, 3]]))
    assert weighted['mpii_pckh'][:2].tolist() == pytest.approx([100 * 16 / 24, 100.0])
    assert weighted['mpii_pckh01'][:2].tolist() == pytest.approx([100 * 3 / 24, 75.0])
    assert math.isnan(weighted['mpii_pckh'][2])


def test_an_image_twice_is_its_people_twice() -> None:
    facts = mpii()
    # image 3 with its two people comes again as image 9
    twice = {name: unpack(text).tolist() for name, text in facts.items()}
    twice['images'].append(9)
    twice['image'] += [3, 3]
    for name in ('joints', 'right', 'right01'):
        twice[name] += twice[name][:2]
    expected = PersonScores(dict(mpii={name: pack(array) for name, array in twice.items()})).columns()
    weighted = PersonScores(dict(mpii=facts)).weighted_columns(dict(mpii=[[2, 1, 1]]))
    assert {name: values[0] for name, values in weighted.items()} == expected


def test_each_image_once_is_everybody() -> None:
    scores = PersonScores(random_facts(1))
    ones = {source: np.ones((3, len(images)), dtype=int) for source, images in scores.images.items()}
    columns = scores.columns()
    assert list(columns) == [*COLUMNS['coco'], *COLUMNS['mpii']] == list(scores.column_names)
    for name, values in scores.weighted_columns(ones).items():
        assert values.tolist() == [columns[name]] * 3
    thrice = {source: 3 * weights for source, weights in ones.items()}
    for name, values in scores.weighted_columns(thrice).items():
        assert values.tolist() == pytest.approx([columns[name]] * 3)


def test_nobody_drawn() -> None:
    nobody = PersonScores(dict(coco=coco([ALL, 0], annotated=[1, 0]))).weighted_columns(dict(coco=[[0, 1]]))
    assert all(math.isnan(values[0]) for values in nobody.values())


@pytest.mark.parametrize('weights', [{}, dict(mpii=[1, 1, 1]), dict(mpii=[[1, 1]])])
def test_errors(weights: dict) -> None:
    with pytest.raises(ValueError, match=r"weights of 'mpii' must be \[R, 3\], one for each image. Got: \("):
        PersonScores(dict(mpii=mpii())).weighted_columns(weights)

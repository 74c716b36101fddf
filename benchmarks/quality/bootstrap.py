"""How sure a difference between two rows of the benchmark is: over people and over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.quality.scores import PersonScores

Row = Sequence[PersonScores]
"""One row's evaluations, by seed; all rows have the same seeds, in the same order."""


class Spread(NamedTuple):
    """Mean over a row's seeds and the standard deviation between them (of a sample; NaN of one seed)."""

    mean: float
    sd: float


class Interval(NamedTuple):
    """A difference of two rows' means over seeds, and its 95% interval."""

    difference: float
    low: float
    high: float


def seed_spread(row: Row) -> dict[str, Spread]:
    """Each column's mean and standard deviation over a row's seeds.

    Args:
        row: The row's evaluations.

    Returns:
        By column.
    """
    found = [scores.columns() for scores in row]
    result = {}
    for name in found[0]:
        values = np.array([columns[name] for columns in found])  # [S]
        result[name] = Spread(float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else float('nan'))
    return result


def paired_intervals(
    rows: Mapping[str, Row], pairs: Sequence[tuple[str, str]], generator_seed: int, resamples: int = 2000
) -> dict[tuple[str, str], dict[str, Interval]]:
    """Each column's difference between two rows, with its 95% bootstrap interval over people and seeds.

    A resample draws as many images as there are, with replacement, and takes everybody in them (people of an image are
    not independent), for COCO and MPII separately; and it draws as many seeds as there are, with replacement. Both rows
    are given the same images and the same seeds: they were scored on the same people, and their students of a seed
    started alike and saw the same batches. The columns are computed anew of the people drawn, averaged over the seeds
    drawn, and subtracted. The interval is from the 2.5th to the 97.5th percentile of these differences.

    What it does not say:

    - How seeds vary is hardly known from three of them. Drawing from S seeds shows (S - 1) / S of their variance on
      average, two thirds at S = 3. Where people's part is small beside it the interval is too narrow: of seeds alone
      it would reach from the lowest of three differences to the highest, which holds the truth 3 times in 4, not 95
      times in 100. Read it beside the standard deviation over seeds.
    - Nothing else is drawn anew: neither the people that students and teachers were trained on, nor the teachers. It
      is about these teachers and these training people.
    - Intervals are not corrected for looking at many columns and pairs.

    A difference of APs may lie near one end of its interval. COCO reads precision at 101 levels of recall: an AP is
    rounded to a level at each OKS threshold, which makes 0.1 to 0.2 points in all, and which the draws average. With
    1001 levels the same differences lie in the middle of their draws. In simulations of 186 and 1250 images these
    intervals hold the true difference 93 to 96 times in 100, those mirrored at the estimate or corrected for its place
    90 to 94.

    Args:
        rows: By name; all with the same number of seeds, evaluated on the same people.
        pairs: Names of the rows to compare; a difference is the first's value less the second's.
        generator_seed: Of the random draws. The same number gives the same draws whatever the rows.
        resamples: How many.

    Returns:
        By pair and column.

    Raises:
        ValueError: If the rows named are not there, or differ in their seeds, images or columns.

    Source:
        Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval); Owen, The
        pigeonhole bootstrap, 2007 (drawing people and seeds independently).
    """
    wanted = list(dict.fromkeys(name for pair in pairs for name in pair))
    _check(rows, wanted)
    first = rows[wanted[0]]
    generator = np.random.default_rng(generator_seed)
    # the order of the sources is fixed, so that facts read back from a file are resampled alike
    weights = {
        source: generator.multinomial(len(images), np.full(len(images), 1 / len(images)), size=resamples)  # [R, I]
        for source, images in sorted(first[0].images.items())
    }
    drawn_seeds = generator.integers(len(first), size=(resamples, len(first)))  # [R, S]
    seed_counts = np.stack([(drawn_seeds == seed).sum(axis=1) for seed in range(len(first))])  # [S, R]

    means, draws = {}, {}
    for name in wanted:
        means[name] = {column: spread.mean for column, spread in seed_spread(rows[name]).items()}
        by_seed = [scores.weighted_columns(weights) for scores in rows[name]]
        draws[name] = {
            column: (np.stack([columns[column] for columns in by_seed]) * seed_counts).sum(axis=0) / len(first)
            for column in means[name]
        }
    return {(a, b): {column: _interval(means, draws, a, b, column) for column in means[a]} for a, b in pairs}


def _interval(means: Mapping, draws: Mapping, first: str, second: str, column: str) -> Interval:
    low, high = np.percentile(draws[first][column] - draws[second][column], [2.5, 97.5])
    return Interval(means[first][column] - means[second][column], float(low), float(high))


def _check(rows: Mapping[str, Row], wanted: Sequence[str]) -> None:
    missing = [name for name in wanted if not rows.get(name)]
    if missing or not wanted:
        raise ValueError(f'there are no evaluations of {missing or "any pair"}; there are of {list(rows)}')
    reference = rows[wanted[0]]
    for name in wanted:
        if len(rows[name]) != len(reference):
            raise ValueError(
                f'rows are paired by seed: {wanted[0]!r} has {len(reference)} evaluations, {name!r} {len(rows[name])}'
            )
        for scores in rows[name]:
            if scores.images.keys() != reference[0].images.keys() or any(
                not np.array_equal(images, reference[0].images[source]) for source, images in scores.images.items()
            ):
                raise ValueError(f'rows must be evaluated on the same images; those of {name!r} are others')

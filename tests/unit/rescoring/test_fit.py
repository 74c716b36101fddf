import numpy as np
import torch

from tests.rescoring_inputs import predictions
from unipose.rescoring import Predictions, fit_rescorer


def predicted(rescorer: torch.nn.Module, people: Predictions) -> np.ndarray:
    return rescorer.predict(people.keypoints, people.scores)


def test_it_learns_what_scores_say_of_oks() -> None:
    people = predictions(400)
    fitted, others = people.of(np.arange(300)), people.of(np.arange(300, 400))
    before = torch.get_rng_state()
    rescorer = fit_rescorer(fitted)
    assert (torch.get_rng_state() == before).all() and not rescorer.training
    error = np.square(predicted(rescorer, others) - others.oks).mean()
    assert error < 0.25 * others.oks.var()
    assert error < 0.5 * np.square(others.mean_scores() - others.oks).mean()


def test_the_seed_decides() -> None:
    people = predictions()
    first, second, other = (predicted(fit_rescorer(people, seed), people) for seed in (0, 0, 1))
    assert (first == second).all() and (first != other).any()


def test_what_never_varies_does_no_harm() -> None:
    people = predictions(scores=np.full((40, 17), 0.5, np.float32), oks=np.full(40, 0.25))
    np.testing.assert_allclose(predicted(fit_rescorer(people), people), 0.25, atol=0.02)

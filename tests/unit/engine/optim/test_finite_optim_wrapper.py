"""A step that leads nowhere is as if its batch had not been there."""

import copy
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.optim.optimizer import amp_optimizer_wrapper
from mmengine.registry import init_default_scope
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from unipose.engine.optim import SkippedStepsError, finite_optim_wrapper

KINDS = ('FiniteOptimWrapper', 'AutocastOptimWrapper', 'FiniteAmpOptimWrapper')
CLIPS = (None, dict(max_norm=0.5, norm_type=2), dict(type='value', clip_value=0.05))


@pytest.fixture(autouse=True)
def hub(request: pytest.FixtureRequest) -> MessageHub:
    """A message hub without another test's scalars."""
    return MessageHub.get_instance(request.node.nodeid)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.SiLU(), nn.Linear(5, 2))


def wrapped(model: nn.Module, monkeypatch: pytest.MonkeyPatch, kind: str = KINDS[0], **options) -> OptimWrapper:
    if kind == KINDS[2]:
        monkeypatch.setattr(amp_optimizer_wrapper, 'is_cuda_available', lambda: True)
        monkeypatch.setattr(amp_optimizer_wrapper, 'GradScaler', partial(torch.amp.GradScaler, 'cpu'))
        options['dtype'] = 'bfloat16'
    return build_optim_wrapper(model, dict(type=kind, optimizer=dict(type='AdamW', lr=0.1), **options))


class Norms(TorchDispatchMode):
    """Counts how often the norms of all gradients are computed."""

    count = 0

    def __torch_dispatch__(self, func: Any, types: Sequence, args: tuple = (), kwargs: dict | None = None) -> Any:
        self.count += func.overloadpacket.__name__ == '_foreach_norm'
        return func(*args, **kwargs or {})


def batch(seed: int, value: float = 0.0) -> Tensor:
    inputs = torch.randn(8, 6, generator=torch.Generator().manual_seed(seed))
    inputs[3, 1] += value
    return inputs


def train(model: nn.Module, wrapper: OptimWrapper, batches: Sequence[Tensor]) -> None:
    for inputs in batches:
        with wrapper.optim_context(model):
            loss = model(inputs).float().square().mean()
        wrapper.update_params(loss)


def states(model: nn.Module, wrapper: OptimWrapper) -> dict[str, Tensor]:
    optimizer = wrapper.optimizer.state_dict()['state']
    moments = {f'{key}.{name}': value for key, state in optimizer.items() for name, value in state.items()}
    return {name: value.clone() for name, value in (moments | model.state_dict()).items()}


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
@pytest.mark.parametrize('clip', CLIPS, ids=['', 'norm', 'value'])
@pytest.mark.parametrize('kind', KINDS)
def test_nothing_stays_of_a_step_that_is_not_finite(
    monkeypatch: pytest.MonkeyPatch, kind: str, clip: dict | None, value: float
) -> None:
    found = []
    for batches in ([batch(0), batch(1, value), batch(2)], [batch(0), batch(2)]):
        model = network()
        wrapper = wrapped(model, monkeypatch, kind, clip_grad=copy.deepcopy(clip))
        train(model, wrapper, batches)
        found.append(states(model, wrapper))
    assert found[0].keys() == found[1].keys() and any('exp_avg' in name for name in found[0])
    for name, state in found[0].items():
        assert torch.equal(state, found[1][name]) and state.isfinite().all(), name


def test_of_gradients_that_are_summed_up_one_spoils_all_of_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for seeds in ([(0, 0), (1, 0), (2, float('nan')), (3, 0), (4, 0), (5, 0)], [(0, 0), (1, 0), (4, 0), (5, 0)]):
        model = network()
        wrapper = wrapped(model, monkeypatch, accumulative_counts=2)
        train(model, wrapper, [batch(*seed) for seed in seeds])
        found.append(states(model, wrapper))
    assert all(torch.equal(state, found[1][name]) for name, state in found[0].items())


def test_of_gradients_that_are_summed_up_the_rest_of_a_run_is_a_step_of_its_own(
    monkeypatch: pytest.MonkeyPatch, hub: MessageHub
) -> None:
    found = []
    for seeds in (
        [(0, 0), (1, 0), (2, 0), (3, float('nan')), (4, 0)],
        [(0, 0), (1, 0), (2, 0), (3, 0), (4, float('inf'))],
    ):
        model = network()
        wrapper = wrapped(model, monkeypatch, accumulative_counts=2)
        wrapper.initialize_count_status(model, 0, 5)
        train(model, wrapper, [batch(*seed) for seed in seeds])
        found.append(states(model, wrapper))
    assert hub.get_scalar('train/skipped_steps').data[0].tolist() == [0, 1, 0, 0, 0, 1]
    assert all(state['0.step'] == 2 for state in found)
    assert all(value.isfinite().all() for state in found for value in state.values())


@pytest.mark.parametrize('clip', CLIPS[1:], ids=['norm', 'value'])
@pytest.mark.parametrize('kind', [KINDS[0], KINDS[2]])
def test_gradients_are_clipped_as_mmengine_clips_them_and_their_norm_is_computed_once(
    monkeypatch: pytest.MonkeyPatch, kind: str, clip: dict
) -> None:
    found = []
    for name in (kind, kind.removeprefix('Finite')):
        hub = MessageHub.get_instance(f'{kind}_{name}_{len(clip)}')
        monkeypatch.setattr(MessageHub, 'get_current_instance', lambda hub=hub: hub)
        model = network()
        wrapper = wrapped(model, monkeypatch, name, clip_grad=dict(clip))
        with Norms() as norms:
            train(model, wrapper, [batch(seed) for seed in range(3)])
        logged = hub.get_scalar('train/grad_norm').data[0] if 'max_norm' in clip else []
        found.append((states(model, wrapper), logged, norms.count))
    (ours, norms, count), (theirs, their_norms, their_count) = found
    assert all(torch.allclose(ours[name], value, rtol=1e-4, atol=1e-6) for name, value in theirs.items())
    assert norms == pytest.approx(their_norms, rel=1e-5)
    assert count == (their_count or 3)  # one of each step; clipping by value needs none


def test_a_loss_that_is_no_number_is_not_trusted_though_its_gradient_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network()
    wrapper, before = wrapped(model, monkeypatch), copy.deepcopy(model.state_dict())
    with wrapper.optim_context(model):
        loss = model(batch(0)).square().mean() + float('nan')
    wrapper.update_params(loss)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_factor_of_a_scaled_loss_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network()
    wrapper = wrapped(model, monkeypatch, KINDS[2], clip_grad=dict(max_norm=1.0))
    train(model, wrapper, [batch(0), batch(1, float('nan')), batch(2), batch(3, float('nan'))])
    assert wrapper.loss_scaler.get_scale() == 2**14


def test_too_many_in_a_row_end_the_run(monkeypatch: pytest.MonkeyPatch, hub: MessageHub) -> None:
    model, bad = network(), batch(1, float('nan'))
    wrapper = wrapped(model, monkeypatch, max_skipped=3)
    train(model, wrapper, [bad, bad, batch(0), bad, bad, batch(2)])
    before = states(model, wrapper)
    with pytest.raises(SkippedStepsError, match='3 steps in a row.*rows_left_out.*optimizer.lr.*--resume goes on from'):
        train(model, wrapper, [bad] * 3)
    assert all(torch.equal(state, before[name]) for name, state in states(model, wrapper).items())
    assert hub.get_scalar('train/skipped_steps').data[0].tolist() == [1, 1, 0, 1, 1, 0, 1, 1, 1]


def test_weights_that_were_no_numbers_before_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network()
    nn.init.constant_(model[0].bias, float('nan'))
    with pytest.raises(SkippedStepsError, match='weights that the run began with are not finite themselves'):
        train(model, wrapped(model, monkeypatch, max_skipped=2), [batch(0), batch(1)])


def test_it_warns_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    model, said = network(), []
    monkeypatch.setattr(finite_optim_wrapper, 'print_log', lambda message, **_: said.append(message))
    train(model, wrapped(model, monkeypatch, max_skipped=11), [batch(0, float('nan'))] * 10)
    assert [message.split('(')[1].split()[0] for message in said] == ['1', '2', '4', '8']


@pytest.mark.parametrize('wrong', [0, -1, 2.5, None])
def test_a_limit_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: object) -> None:
    with pytest.raises(ValueError, match='max_skipped must be a whole number above 0'):
        wrapped(network(), monkeypatch, max_skipped=wrong)


def _rank(rank: int, folder: str) -> None:
    import torch.distributed as dist

    dist.init_process_group('gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2)
    init_default_scope('mmpose')
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in ('together', 'alone'):  # with DDP's gradients, and with those of each process
            model = network()
            wrapper = wrapped(model, patch)
            holder = nn.parallel.DistributedDataParallel(model) if name == 'together' else model
            train(holder, wrapper, [batch(rank), batch(2 + rank, float('nan') * rank), batch(4 + rank)])
            found[name] = states(model, wrapper), wrapper.skipped
        model = network()
        wrapper = wrapped(model, patch, accumulative_counts=2)
        spoilt = [batch(rank), batch(2 + rank), batch(4 + rank, float('nan') * rank), batch(6 + rank)]
        train(nn.parallel.DistributedDataParallel(model), wrapper, [*spoilt, batch(8 + rank), batch(10 + rank)])
        found['summed_up'] = states(model, wrapper), wrapper.skipped
    torch.save(found, f'{folder}/rank{rank}.pt')
    dist.barrier()
    dist.destroy_process_group()


def test_all_ranks_skip_what_is_not_finite_on_one(tmp_path: Path) -> None:
    torch.multiprocessing.spawn(_rank, (str(tmp_path),), nprocs=2)
    ranks = [torch.load(tmp_path / f'rank{rank}.pt', weights_only=True) for rank in range(2)]
    for states_of_rank, skipped in (found for rank in ranks for found in rank.values()):
        assert skipped == 1 and all(state.isfinite().all() for state in states_of_rank.values())
    for kind in ('together', 'summed_up'):
        one, two = (rank[kind][0] for rank in ranks)
        assert all(torch.equal(one[name], two[name]) for name in ('0.weight', '3.bias', '0.exp_avg', '0.step'))
    assert all(state['0.step'] == 2 for rank in ranks for state, _ in rank.values())

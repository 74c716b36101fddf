"""Processes that compute together join as the config says, and leave before they end."""

import argparse
import types
from datetime import timedelta
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from unipose.commands import main as command
from unipose.compute import distributed
from unipose.compute.distributed import start_distributed


def test_processes_meet_as_the_config_says(monkeypatch: pytest.MonkeyPatch) -> None:
    met = []
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    monkeypatch.setattr(torch.distributed, 'init_process_group', lambda *how, **options: met.append((how, options)))
    monkeypatch.setattr(distributed, 'init_dist', lambda *how, **options: met.append((how, options)))
    config = Config(dict(env_cfg=dict(dist_cfg=dict(backend='nccl', timeout=7200))))
    start_distributed('none', config)
    start_distributed('pytorch', config)
    start_distributed('slurm', config)
    assert met == [(('gloo',), dict(timeout=timedelta(hours=2))), (('slurm',), dict(backend='nccl', timeout=7200))]


def test_a_command_leaves_the_processes_that_it_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = []

    def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
        store = torch.distributed.FileStore(str(tmp_path / 'store'), 1)
        torch.distributed.init_process_group('gloo', store=store, rank=0, world_size=1)
        joined.append(torch.distributed.is_initialized())

    verb = types.SimpleNamespace(EXAMPLE='', add_arguments=lambda parser: None, run=run)
    monkeypatch.setattr(command, 'verb_module', lambda name: verb)
    assert command.run_verb('train', []) == 0
    assert joined == [True] and not torch.distributed.is_initialized()

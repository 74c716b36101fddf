import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.run_settings import setting
from unipose.commands.full_run.cost import Cost
from unipose.commands.full_run.ledger import Ledger

COSTS = dict(train=Cost(3.0, dict(step=0.5), {'': 10}))


def test_the_next_command_knows_what_was_measured(tmp_path: Path) -> None:
    run = setting(tmp_path)
    assert Ledger(run).costs(8) == {}
    assert not run.ledger.exists()  # looking leaves nothing
    Ledger(run).keep_costs(COSTS, 8)
    assert Ledger(run).costs(8) == COSTS
    assert Ledger(run).costs(16) == {}  # more was asked for


def test_another_machine_measures_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(setting(tmp_path)).keep_costs(COSTS, 8)
    monkeypatch.setattr('platform.node', lambda: 'another')
    assert Ledger(setting(tmp_path)).costs(8) == {}


def test_a_work_dir_of_another_run_is_refused_with_what_differs(tmp_path: Path) -> None:
    Ledger(setting(tmp_path)).keep_step('crops', 2.0, 3.0)
    with pytest.raises(
        ValueError, match=r'holds another run.*--work-dir:\n  - train_cfg.max_epochs: there 5, asked for 7'
    ):
        Ledger(setting(tmp_path, **{'train_cfg.max_epochs': 7}))
    with pytest.raises(ValueError, match='views: there 20, asked for 4'):
        Ledger(replace(setting(tmp_path), views=4))
    assert json.loads((tmp_path / 'full_run.json').read_text())['steps'] == dict(crops=dict(expected=2.0, taken=3.0))


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / 'full_run.json').write_text('{')
    with pytest.raises(ValueError, match='damaged'):
        Ledger(setting(tmp_path))

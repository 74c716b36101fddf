"""A trained student as files that MMPose runs by itself: weights, and a config beside them."""

from __future__ import annotations

import ast
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config

import unipose
from unipose.batches.walk_pipeline import resize_of
from unipose.checkpoints.licences import licences_of_run, to_plain
from unipose.checkpoints.loading import load_state_dict_file, read_checkpoint, sha256_file
from unipose.checkpoints.model_kinds import finds_people
from unipose.files import write_files

from .strip_student import plain_model_config, plain_picture_config, plain_picture_state_dict, plain_state_dict

_HEADER = '''"""{name}: predicts the {count} keypoints of {skeleton}, {way}. Exported by unipose {version}.

Runs in MMPose without unipose: init_model('{config}', '{weights}'), or
MMPoseInferencer(pose2d='{config}', pose2d_weights='{weights}').
"""

'''


def export_student(checkpoint: str | Path, out: str | Path, force: bool = False) -> tuple[Path, Path]:
    """Writes the student of a training run as a plain MMPose model.

    The config is read from the checkpoint as data: nothing in the checkpoint is executed.

    Args:
        checkpoint: Checkpoint written by ``unipose train``.
        out: Weights file to write, ``.pth``; the config goes beside it, with suffix ``.py``.
        force: Write over existing files.

    Returns:
        Paths of weights and config.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        FileExistsError: If an output exists and ``force`` is off.
        ValueError: If the checkpoint is unreadable or not of a training run, or ``out`` will not do.
        OSError: If the files cannot be written.
    """
    checkpoint, out = Path(checkpoint), Path(out)
    config_file = out.with_suffix('.py')
    if out.suffix != '.pth':
        raise ValueError(f'the exported weights are a .pth file, and the config beside it a .py. Got: {out}')
    state_dict = load_state_dict_file(checkpoint)
    if out.exists() and out.samefile(checkpoint):
        raise ValueError(f'{out} is the checkpoint itself, and would be lost; name another file')
    existing = [str(path) for path in (out, config_file) if path.exists()]
    if existing and not force:
        raise FileExistsError(f'{", ".join(existing)} exists; name another file, or add --force to write over it')

    content = read_checkpoint(checkpoint)
    meta = content.get('meta') or {}
    missing = [key for key in ('cfg', 'dataset_meta') if not meta.get(key)]
    if missing:
        raise ValueError(
            f'{checkpoint} has no {" and no ".join(missing)} in its meta, so it is no checkpoint of a training run; '
            'give one that `unipose train` wrote, such as work_dirs/distill_small/epoch_420.pth'
        )
    config = literal_config(meta['cfg'])
    dataset_meta = _without_numpy(meta['dataset_meta'])
    if is_picture := finds_people(config):
        state_dict = plain_picture_state_dict(state_dict)
        model = plain_picture_config(config['model'], dataset_meta['num_keypoints'])
        whole = picture_config(model, resize_of(Config(config)), dataset_meta)
    else:
        state_dict = plain_state_dict(state_dict)
        whole = mmpose_config(plain_model_config(config.get('model') or {}), dataset_meta)
    weights = dict(
        state_dict=state_dict,
        meta=dict(
            dataset_meta=dataset_meta,
            ema='ema_state_dict' in content,
            epoch=meta.get('epoch'),
            exported_from=checkpoint.name,
            exported_from_sha256=sha256_file(checkpoint),
            licences=to_plain(licences_of_run(meta, config, checkpoint)),
            unipose_version=unipose.__version__,
        ),
    )
    header = _HEADER.format(
        name=out.stem,
        count=dataset_meta['num_keypoints'],
        skeleton=dataset_meta['dataset_name'],
        way='of people in whole pictures' if is_picture else 'top-down',
        version=unipose.__version__,
        config=config_file.name,
        weights=out.name,
    )
    text = header + Config(whole).pretty_text
    buffer = io.BytesIO()
    torch.save(weights, buffer)
    write_files({out: buffer.getvalue(), config_file: text.encode()})
    return out, config_file


def mmpose_config(model: Mapping[str, Any], dataset_meta: Mapping[str, Any]) -> dict[str, Any]:
    """What MMPose's ``init_model`` and ``MMPoseInferencer`` read.

    Args:
        model: Config of a plain TopdownPoseEstimator.
        dataset_meta: Parsed metainfo of its skeleton, in plain Python values.
    """
    codec = model['head']['decoder']
    crop = [dict(type='GetBBoxCenterScale'), dict(type='TopdownAffine', input_size=tuple(codec['input_size']))]
    return dict(_whole_config(model, 'topdown', crop, 32, dataset_meta), codec=codec)


def picture_config(
    model: Mapping[str, Any], resize: Mapping[str, Any], dataset_meta: Mapping[str, Any]
) -> dict[str, Any]:
    """The same for a model that finds people in whole pictures.

    Args:
        model: Config of a plain BottomupPoseEstimator.
        resize: What resizes pictures for it, a BottomupResize.
        dataset_meta: Parsed metainfo of its skeleton, in plain Python values.
    """
    return _whole_config(model, 'bottomup', [dict(resize)], 1, dataset_meta)


def _whole_config(
    model: Mapping[str, Any],
    data_mode: str,
    steps: list[dict[str, Any]],
    batch_size: int,
    dataset_meta: Mapping[str, Any],
) -> dict[str, Any]:
    pipeline = [dict(type='LoadImage'), *steps, dict(type='PackPoseInputs')]
    # The keypoints' names are in the checkpoint; a dataset is named only to say that these are bodies.
    dataset = dict(type='CocoDataset', data_mode=data_mode, test_mode=True, pipeline=pipeline)
    dataloader = dict(batch_size=batch_size, num_workers=2, dataset=dataset)
    return dict(
        default_scope='mmpose',
        dataset_type='CocoDataset',
        data_mode=data_mode,
        model=model,
        visualizer=dict(type='PoseLocalVisualizer', vis_backends=[dict(type='LocalVisBackend')]),
        val_dataloader=dataloader,
        test_dataloader=dataloader,
        keypoint_names=[dataset_meta['keypoint_id2name'][i] for i in range(dataset_meta['num_keypoints'])],
    )


def literal_config(text: str) -> dict[str, Any]:
    """Reads the text of a dumped config as data: assignments of literals and ``dict(...)``, nothing that runs.

    Args:
        text: MMEngine's ``Config.pretty_text``, as checkpoints hold it.

    Raises:
        ValueError: If there is anything else in it.

    >>> literal_config("model = dict(type='A', size=(1, 2))")
    {'model': {'type': 'A', 'size': (1, 2)}}
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise ValueError(f'the config in the checkpoint is not Python: {error}') from error
    config = {}
    for statement in tree.body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            raise _code(statement)
        config[statement.targets[0].id] = _literal(statement.value)
    return config


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == 'dict':
        # dict(a=1), and dict({'a-b': 1}) for keys that are no names
        entries = [(keyword.arg, keyword.value) for keyword in node.keywords]
        if all(name for name, _ in entries) and all(isinstance(argument, ast.Dict) for argument in node.args):
            parts = [_literal(argument) for argument in node.args] + [{key: _literal(value) for key, value in entries}]
            return {key: value for part in parts for key, value in part.items()}
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {_literal(key): _literal(value) for key, value in zip(node.keys, node.values, strict=True)}
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        kind = {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)]
        return kind(_literal(element) for element in node.elts)
    if isinstance(node, ast.Name) and node.id in ('nan', 'inf'):  # how floats without literal are printed
        return float(node.id)
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise _code(node) from error


def _code(node: ast.AST) -> ValueError:
    return ValueError(f'the config in the checkpoint holds code, which is not run: {ast.unparse(node)[:80]}')


def _without_numpy(value: Any) -> Any:
    """Plain Python values, which any torch loads with ``weights_only``."""
    if isinstance(value, Mapping):
        return {key: _without_numpy(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple | set):
        return type(value)(_without_numpy(item) for item in value)
    return value

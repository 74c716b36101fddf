"""From a checkpoint's name to weights in a model: found, checked, read without running code, matched key by key."""

from __future__ import annotations

import pickle
import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from unipose import compat
from unipose.checkpoints.layouts import find_state, fitted_state, unwrapped_state
from unipose.checkpoints.locate import REPOSITORY, home
from unipose.checkpoints.manifest import find_entry, sha256_file, verify_digest
from unipose.checkpoints.safetensors_file import is_safetensors, read_safetensors

if TYPE_CHECKING:
    from unipose.skeletons import Skeleton

__all__ = [
    'KeyDifference',
    'load_state_dict_file',
    'load_weights',
    'read_checkpoint',
    'resolve_checkpoint',
    'sha256_file',
    'verify_digest',
]

SHOWN = 8

# What torch's weights-only reader (2.2 to 2.13) and unipose.compat's part in it say to a file that asks for more.
_REFUSED = re.compile(
    r'(?:GLOBAL|[Uu]nsupported class|unrecognized function|asks for attribute) +(\S+)'
    r'|Can only (?:create new object|build) .* but got (.+)'
)
# Keys that no prediction depends on. Losses may own weights (RLE's flow, OKS' sigmas), but only training runs them;
# MMPose up to 1.0 saved the mean and std that configs state; old BatchNorms did not count batches.
_HARMLESS = re.compile(r'(^|\.)(data_preprocessor\.|[^.]*loss[^.]*\.|num_batches_tracked$)|^distill\.|^steps$')
# The layer with one output per keypoint (heatmap, SimCC) or with a few (regression), in MMPose's heads.
_OUTPUT_LAYER = re.compile(r'^head\.(.*\.)?((multi_)?final_layers?|fc)\.')


def resolve_checkpoint(path_or_name: str | Path, teachers_dir: str | Path | None = None) -> Path:
    """Find a checkpoint file.

    Args:
        path_or_name: A path, a file name, a name from the manifest, or the URL of a file that was downloaded. Relative
            paths are tried against the working directory, the repository and the teachers' folder, in this order.
        teachers_dir: Folder of downloaded weights; the one that `unipose download` fills if None.

    Returns:
        The absolute path of an existing file.

    Raises:
        FileNotFoundError: If it is in none of these places; the message lists them and the next step.
    """
    name = str(path_or_name)
    teachers_dir = Path(teachers_dir or home() / 'teachers').expanduser()
    entry = find_entry(name)
    given = Path(name).expanduser()
    if re.match(r'[a-z]+://', name):
        places = [teachers_dir / given.name]
    elif given.is_absolute():
        places = [given]
    else:
        places = [Path.cwd() / given, REPOSITORY / given, teachers_dir / given, teachers_dir / given.name]
        places += [teachers_dir / entry.file] if entry else []
    places = list(dict.fromkeys(place.absolute() for place in places))
    found = next((place for place in places if place.is_file()), None)
    if found is not None:
        return found
    raise FileNotFoundError(
        f'checkpoint {name!r} was not found. Looked for:\n  '
        + '\n  '.join(f'{place} (a folder)' if place.is_dir() else str(place) for place in places)
        + f'\n  To do: {_next_step(name, teachers_dir)}'
    )


def read_checkpoint(path: str | Path, map_location: str | torch.device = 'cpu') -> Mapping[str, Any]:
    """Read what torch.save wrote, or safetensors; nothing in the file is executed.

    Args:
        path: The file.
        map_location: Where tensors go; 'meta' reads shapes without numbers.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If it is in the format of safetensors, which is not installed.
        ValueError: If it is empty, truncated or damaged, no mapping, or holds Python objects that could run code.
    """
    compat.apply()  # allows the few harmless objects that MMEngine's checkpoints hold beside tensors
    path = Path(path)
    if not path.is_file():
        kind = 'is a folder, not a file' if path.is_dir() else 'does not exist'
        raise FileNotFoundError(f'checkpoint {path} {kind}. To do: {_next_step(path.name, path.parent)}')
    if is_safetensors(path):
        return read_safetensors(path, map_location)
    try:
        content = torch.load(path, map_location=map_location, weights_only=True)
    except (PermissionError, MemoryError, torch.cuda.OutOfMemoryError):
        raise
    except Exception as error:  # a damaged file can raise anything
        raise ValueError(_unreadable(path, error)) from None
    if not isinstance(content, Mapping):
        raise ValueError(f'{path} holds a {type(content).__name__}, not a state dict: save model.state_dict() instead')
    return content


def load_state_dict_file(path: str | Path, map_location: str | torch.device = 'cpu') -> dict[str, Tensor]:
    """Read a checkpoint's tensors; nothing in the file is executed.

    Args:
        path: A state dict, or a checkpoint that holds one, in the layout of MMEngine, Lightning, timm and others, see
            :func:`unipose.checkpoints.layouts.find_state`; of torch.save, or in the format of safetensors.
        map_location: Where the tensors go.

    Returns:
        Tensors by key, without the `module.` of a wrapped model; the state dict's version record is kept.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If it is in the format of safetensors, which is not installed.
        ValueError: If it is empty, truncated or damaged, holds Python objects that could run code, or no tensors.
    """
    path = Path(path)
    content = read_checkpoint(path, map_location)
    state = find_state(content)
    if state is None:
        raise ValueError(
            f'{path} holds no tensors, or several state dicts. Expected a state dict, or one under a key such as '
            f'state_dict or model. Got: {_shorten(map(str, content))}'
        )
    return unwrapped_state(state)


@dataclass(frozen=True)
class KeyDifference:
    """Where a state dict and a model do not match, keys that do no harm left out.

    Args:
        missing: Keys of the model that the file lacks.
        unexpected: Keys of the file that the model lacks.
        mismatched: (shape in the file, shape in the model) by key.
        matched: Number of keys with equal shapes.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]
    matched: int

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.mismatched)


def load_weights(
    model: nn.Module,
    path: str | Path,
    *,
    what: str = 'teacher',
    skeleton: Skeleton | None = None,
    strict: bool = True,
) -> KeyDifference:
    """Copy a checkpoint's weights into a model, after checking the file's digest where one is known.

    Args:
        model: The model; its own converters of old checkpoints are applied.
        path: The checkpoint.
        what: What is being loaded, for messages: `teacher coco`.
        skeleton: The skeleton whose keypoints the model predicts, for messages.
        strict: Whether a difference is an error. If not, what matches is loaded and the rest left as it was.

    Returns:
        The difference; empty if strict.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If it is in the format of safetensors, which is not installed.
        ValueError: If the file is unreadable or not the published one, its weights are NaN, keys or shapes differ
            (strict) or nothing matches (not strict). The model is then unchanged.
    """
    path = Path(path)
    if path.is_file():
        verify_digest(path)
    own = model.state_dict()
    needed = {key: value.shape for key, value in own.items() if not _HARMLESS.search(key)}
    state = fitted_state(load_state_dict_file(path), needed)
    strange = {key for key, shape in needed.items() if key not in state or state[key].shape != shape}
    try:
        _convert_old_keys(model, state, strange)
    except Exception as error:  # the models' own converters assert
        raise ValueError(f'{what}: {path} is of an older version that does not fit the model: {error!r}') from error
    shapes = {key: (tuple(state[key].shape), tuple(own[key].shape)) for key in own if key in state}
    difference = KeyDifference(
        missing=tuple(key for key in own if key not in state and not _HARMLESS.search(key)),
        unexpected=tuple(key for key in state if key not in own and not _HARMLESS.search(key)),
        mismatched={key: pair for key, pair in shapes.items() if pair[0] != pair[1] and not _HARMLESS.search(key)},
        matched=sum(there == here for there, here in shapes.values()),
    )
    if difference and (strict or not difference.matched):
        raise ValueError(_explain(difference, path, what, skeleton))
    matching = OrderedDict((key, state[key]) for key, (there, here) in shapes.items() if there == here)
    nan = [key for key, value in matching.items() if value.is_floating_point() and value.isnan().any()]
    if nan:
        raise ValueError(f'{what}: {path} holds NaN in {len(nan)} tensors ({_shorten(nan)}); its training diverged')
    # of the model's own versions by now: DEKR's converter would turn its heatmaps a second time, and those of a file
    # without versions (safetensors) at all
    matching._metadata = own._metadata
    model.load_state_dict(matching, strict=False)
    return difference


def _convert_old_keys(model: nn.Module, state: dict[str, Tensor], strange: Collection[str], prefix: str = '') -> None:
    """Let modules rename their keys of older MMPose versions, as `load_state_dict` does before it compares.

    A module of which nothing is strange to the state has no older names there, whatever its version says.
    """
    local_meta = state._metadata.get(prefix[:-1], {})
    if any(key.startswith(prefix) for key in strange):
        for hook in model._load_state_dict_pre_hooks.values():
            hook(state, prefix, local_meta, True, [], [], [])
    for name, child in model._modules.items():
        if child is not None:
            _convert_old_keys(child, state, strange, f'{prefix}{name}.')


def _explain(difference: KeyDifference, path: Path, what: str, skeleton: Skeleton | None) -> str:
    lines = [f'{what}: {path} does not fit the model ({difference.matched} keys match).']
    if difference.missing:
        lines.append(f'{len(difference.missing)} keys of the model are missing: {_shorten(difference.missing)}')
    if difference.unexpected:
        lines.append(f'{len(difference.unexpected)} keys are unexpected: {_shorten(difference.unexpected)}')
    if difference.mismatched:
        shapes = [f'{key} {list(there)}, model {list(here)}' for key, (there, here) in difference.mismatched.items()]
        lines.append(f'{len(difference.mismatched)} keys have another shape: {_shorten(shapes, "; ")}')
    return '\n  '.join([*lines, f'To do: {_diagnose(difference, skeleton)}'])


def _diagnose(difference: KeyDifference, skeleton: Skeleton | None) -> str:
    missing, unexpected, mismatched = difference.missing, difference.unexpected, difference.mismatched
    belong = 'give the config that the checkpoint was trained with'
    for key, (there, here) in mismatched.items():
        if _OUTPUT_LAYER.search(key) and there[1:] == here[1:]:
            count, expected = there[0], f'the model has {here[0]}'
            if skeleton is not None and here[0] % len(skeleton) == 0:
                # Regression heads have several outputs for each keypoint (x, y and perhaps their sigmas).
                count = there[0] * len(skeleton) // here[0]
                expected = f'skeleton {skeleton.name} has {len(skeleton)} keypoints'
            return f'the file has {count} outputs, {expected}: give it the skeleton and config that it was trained with'
    parts = sorted({key.split('.')[0] + '.' for key in unexpected})
    fit = [part for part in parts if missing and set(missing) <= {key.removeprefix(part) for key in unexpected}]
    if fit:
        names = ' or '.join(map(repr, fit))
        return f'the keys fit without {names}: export that part of the checkpoint as a state dict of its own'
    if difference.matched and all(key.startswith('head.') for key in [*missing, *unexpected, *mismatched]):
        if not unexpected and not mismatched:
            return 'the file has no head: it is a pretrained backbone, not a pose estimator'
        return 'the backbone fits, the head does not (another kind, input size or number of keypoints); ' + belong
    if len(mismatched) > difference.matched:
        return 'the file holds another size of this model (such as -s for -m); ' + belong
    return 'config and checkpoint do not belong together; ' + belong


def _unreadable(path: Path, error: Exception) -> str:
    content = path.read_bytes()
    size, start = len(content), content[:2]
    refused = _REFUSED.search(str(error))
    culprit = (refused[1] or refused[2]).strip("'.") if refused else ''
    # A file that was cut off in the middle of a harmless name asks for what is left of it, less one character.
    if refused and not content[:-1].endswith(culprit.split('.')[-1].encode()):
        return (
            f'{path} holds Python objects that could run code ({culprit}) and was refused; nothing in it was run. '
            'To do: if you trust its origin, re-save its weights alone there, as torch.save(model.state_dict(), file)'
        )
    if start > b'\x80\x02' and start[:1] == b'\x80':  # torch.save pickles with protocol 2
        return f'{path} is a Python pickle that torch.save did not write; it could run code and was refused'
    reason = re.split(r'\. |\n', str(error).strip())[0] or type(error).__name__
    if isinstance(error, pickle.UnpicklingError):
        reason = 'not a format that torch reads' if start[:1] != b'\x80' else 'its structure is broken'
    entry = find_entry(path.name)
    remedy = f'delete it and run: {entry.remedy}' if entry else 'get it again from where it came'
    return f'{path} is truncated, damaged or no checkpoint ({size} bytes; {reason}). To do: {remedy}'


def _next_step(name: str, folder: Path) -> str:
    entry = find_entry(name)
    if entry:
        return entry.remedy
    suffix = '.onnx' if name.endswith('.onnx') else '.pth'
    there = sorted(file.name for file in folder.glob(f'*{suffix}')) if folder.is_dir() else []
    has = f'; {folder} has {_shorten(there)}' if there else ''
    made = 'export it with `unipose export`' if suffix == '.onnx' else 'write it with `unipose train`'
    return f'give the path of an existing file, or {made} first{has}'


def _shorten(items: Iterable[str], separator: str = ', ') -> str:
    items = list(items)
    rest = len(items) - SHOWN
    return separator.join(items[:SHOWN]) + (f' ... and {rest} more' if rest > 0 else '')

"""What the outputs of an ONNX file mean: read from its entry, from what the file says, or from their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from unipose.teachers.outputs import OUTPUTS, Output, rtmpose_sigma

_COLUMNS = ('x', 'y', 'score', 'sigma_x', 'sigma_y')
_ASSUMED = dict(simcc={'simcc_x', 'simcc_y'}, coordinates={'keypoints', 'scores'})


class OnnxOutputs:
    """Which outputs of a file are which, and how they become a raw output.

    An entry's ``output`` is the kind, ``'simcc'``, ``'heatmaps'``, ``'score_maps'`` or ``'coordinates'``, or a dict
    with ``type`` and what describes it (see :mod:`unipose.teachers.outputs`); by default what the file's names tell.
    Of heatmaps ``sigma`` must be said. Coordinates may also have ``columns``, the order of numbers in the last axis:
    MoveNet's decoded ``[1, 1, 17, 3]`` is ``('y', 'x', 'score')``. An entry's ``outputs`` has the file's own names,
    such as ``dict(heatmaps='Identity_2')``.

    Args:
        entry: The entry.
        said: What the file says of itself.
        shapes: Shapes of its outputs for a batch of 1.
        input_size: Width and height of its input.
        where: Whose it is, for messages.
        file: The file, for messages.

    Attributes:
        names: Names of the outputs used.
        output: What they mean.
        num_keypoints: How many keypoints they have.

    Raises:
        ValueError: If the entry and the file do not fit together.
    """

    def __init__(
        self,
        entry: Mapping[str, Any],
        said: Mapping[str, Any],
        shapes: Mapping[str, tuple[int, ...]],
        input_size: tuple[int, int],
        where: str,
        file: Path,
    ) -> None:
        given = entry.get('output') or next((kind for kind, names in _ASSUMED.items() if names <= set(shapes)), None)
        options = dict(type=given) if isinstance(given, str) or given is None else dict(given)
        kind = options.pop('type', None)
        if not isinstance(kind, str) or kind not in OUTPUTS:
            raise ValueError(
                f'{where}: say what {file.name} predicts, output=dict(type=...) with a type of {list(OUTPUTS)}. Got: '
                f'{kind!r}; the file has outputs {_listed(shapes)}'
            )
        description = OUTPUTS[kind]
        named = dict(entry.get('outputs') or {})
        unknown = sorted(set(named) - set(description.roles))
        if unknown:
            raise ValueError(f'{where}: {kind} have outputs {list(description.roles)}. Got: {unknown}')
        self._roles = {role: named.get(role, role) for role in description.roles}
        absent = {role: name for role, name in self._roles.items() if name not in shapes}
        needed = set(named) | (set(description.roles) if kind == 'simcc' else {description.roles[0]})
        missing = {role: name for role, name in absent.items() if role in needed}
        if missing:
            raise ValueError(
                f'{where}: {file.name} has no output {", ".join(missing.values())}; it has {_listed(shapes)}. Say '
                f'which is which: outputs=dict({next(iter(missing))}=...)'
            )
        self._roles = {role: name for role, name in self._roles.items() if role not in absent}
        self._columns = None
        if kind == 'coordinates':
            self._columns = _checked_columns(
                options.pop('columns', ('x', 'y')), shapes[self._roles['keypoints']], where
            )
            # those of a file of ``unipose export`` that decodes by itself are pixels
            options.setdefault('unit', 'pixels' if said else 'input')
        if kind == 'simcc':
            options = _of_simcc(options, shapes, self._roles, input_size)
        if kind == 'heatmaps':
            _check_sigma(options.get('sigma'), shapes[self._roles['heatmaps']], where, file)
        try:
            self.output: Output = description(**options)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f'{where}: output={dict(type=kind, **options)} does not describe {kind}: {error}'
            ) from None
        self.names = list(self._roles.values())
        first = shapes[self.names[0]]
        self.num_keypoints = first[-2] if kind == 'coordinates' else first[1] if len(first) > 1 else 0
        _check_shapes(kind, {role: shapes[name] for role, name in self._roles.items()}, where, file)

    def read(self, outputs: Sequence[Tensor]) -> Any:
        """The raw output as its description describes it.

        Args:
            outputs: Of the names used, in order.
        """
        found = dict(zip(self._roles, outputs, strict=True))
        if self._columns is None:
            raw = [found.get(role) for role in self.output.roles]
            return raw[0] if len(raw) == 1 else tuple(raw)
        numbers = found['keypoints']
        numbers = numbers.reshape(len(numbers), self.num_keypoints, -1)

        def of(*names: str) -> Tensor | None:
            known = [self._columns.index(name) for name in names if name in self._columns]
            return numbers[..., known] if len(known) == len(names) else None

        scores = found.get('scores')
        if scores is not None:
            scores = scores.reshape(len(numbers), self.num_keypoints)
        elif 'score' in self._columns:
            scores = of('score')[..., 0]
        return of('x', 'y'), scores, found.get('sigmas', of('sigma_x', 'sigma_y'))


def _of_simcc(
    options: Mapping[str, Any],
    shapes: Mapping[str, tuple[int, ...]],
    roles: Mapping[str, str],
    input_size: tuple[int, int],
) -> dict[str, Any]:
    """With the split ratio that the number of bins says, and RTMPose's sigma for such an input."""
    ratio = shapes[roles['simcc_x']][-1] / input_size[0]
    options = dict(dict(split_ratio=ratio), **options)
    sigma = options.get('sigma')
    if sigma is None:
        sigma = tuple(value * options['split_ratio'] / 2 for value in rtmpose_sigma(input_size))
    return dict(options, sigma=(sigma, sigma) if isinstance(sigma, int | float) else tuple(sigma))


def _check_sigma(sigma: Any, shape: tuple[int, ...], where: str, file: Path) -> None:
    """Makes sure that Gaussians of a sigma are said and fit onto heatmaps."""
    if sigma is None:
        raise ValueError(
            f'{where}: say which Gaussians the heatmaps of {file.name} were trained on, standard deviation in heatmap '
            "pixels: output=dict(type='heatmaps', sigma=2.0)"
        )
    if isinstance(sigma, int | float) and len(shape) == 4 and not 2 * sigma + 1 <= min(shape[2:]):
        raise ValueError(f'{where}: a sigma of {sigma} is too wide for heatmaps of {shape[3]}x{shape[2]} pixels')


def _check_shapes(kind: str, shapes: Mapping[str, tuple[int, ...]], where: str, file: Path) -> None:
    """Makes sure that outputs have as many axes, and as many keypoints as each other."""
    wanted = dict(simcc=3, heatmaps=4, score_maps=4)
    wrong = {role: shape for role, shape in shapes.items() if len(shape) != wanted.get(kind, len(shape))}
    if kind == 'score_maps' and 'offsets' in shapes and shapes['offsets'][1] != 2 * shapes['heatmaps'][1]:
        wrong = dict(shapes)
    if kind == 'simcc' and shapes['simcc_x'][1] != shapes['simcc_y'][1]:
        wrong = dict(shapes)
    if wrong:
        axes = dict(simcc='[B, K, bins]', heatmaps='[B, K, H, W]', score_maps='[B, K, H, W], offsets [B, 2 * K, H, W]')
        raise ValueError(f'{where}: {file.name} should have {kind} of {axes[kind]}. Got: {_listed(wrong)}')


def _checked_columns(columns: Any, shape: tuple[int, ...], where: str) -> tuple[str, ...]:
    columns = tuple(columns)
    if not {'x', 'y'} <= set(columns) <= set(_COLUMNS) or len(columns) != shape[-1] or len(set(columns)) < len(columns):
        raise ValueError(
            f'{where}: columns name the numbers of each keypoint, {shape[-1]} of {_COLUMNS}, x and y among them. Got: '
            f'{columns}'
        )
    return columns


def _listed(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return ', '.join(f'{name} {list(shape)}' for name, shape in shapes.items())

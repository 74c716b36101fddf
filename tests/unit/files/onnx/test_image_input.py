"""What a network takes is known before it is fed, and what it cannot be fed is told."""

from types import SimpleNamespace

import numpy as np
import pytest

from unipose.files.onnx.image_input import ImageInput


def session(*shapes: list, kind: str = 'tensor(float)') -> SimpleNamespace:
    inputs = [SimpleNamespace(name=f'input_{number}', shape=shape, type=kind) for number, shape in enumerate(shapes)]
    return SimpleNamespace(get_inputs=lambda: inputs)


@pytest.mark.parametrize(
    ('shape', 'batch', 'size'),
    [
        (['batch', 3, 256, 192], None, (192, 256)),
        ([1, 3, 256, 192], 1, (192, 256)),
        ([None, 3, None, None], None, None),
        (['n', 'c', 'h', 192], None, None),
    ],
)
def test_what_it_takes(shape: list, batch: int | None, size: tuple | None) -> None:
    found = ImageInput(session(shape, kind='tensor(float16)'), 'a.onnx')
    assert (found.name, found.type, found.batch, found.size) == ('input_0', np.float16, batch, size)


@pytest.mark.parametrize(
    ('given', 'message'),
    [
        (session(['n', 256, 192, 3]), r'\[batch, 3, height, width\]. Got: .*256, 192, 3'),
        (session(['n', 3, 256, 192], ['n', 2]), 'a.onnx should take one batch of images'),
        (session(['n', 3]), 'should take one batch of images'),
        (session(), r'should take one batch of images .* Got: \[\]'),
        (session([4, 3, 256, 192]), 'takes batches of 4 alone'),
        (session(['n', 3, 256, 192], kind='tensor(uint8)'), r'takes tensor\(uint8\); it is fed normalised pixels'),
    ],
)
def test_what_is_not_fed(given: SimpleNamespace, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ImageInput(given, 'a.onnx')

"""Checkpoints: found, read without running code, matched key by key; each error message."""

import argparse
import os
import pickle
import re
import sys
from collections import OrderedDict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from unipose import compat
from unipose.checkpoints import loading as checkpoints
from unipose.checkpoints.loading import load_state_dict_file, load_weights, resolve_checkpoint, verify_digest
from unipose.checkpoints.manifest import load_manifest

TEACHER = load_manifest()['rtmpose-m_coco-256x192']
COCO, MPII = (type('Skeleton', (list,), {'name': name})(range(k)) for name, k in (('coco', 17), ('mpii', 16)))


class Head(nn.Module):
    def __init__(self, keypoints, channels, bins):
        super().__init__()
        self.final_layer = nn.Conv2d(channels, keypoints, 1)
        self.cls_x = nn.Linear(8, bins, bias=False)
        self.loss_module = nn.Module()
        self.loss_module.register_buffer('sigmas', torch.ones(keypoints))


class Pose(nn.Module):
    def __init__(self, keypoints=17, channels=4, bins=8):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, channels, 3), nn.BatchNorm2d(channels))
        self.head = Head(keypoints, channels, bins)


def save(path, content, **options):
    torch.save(content, path, **options)
    return path


def same(state, expected):
    return list(state) == list(expected) and all(torch.equal(state[key], expected[key]) for key in expected)


# --- reading


@pytest.mark.parametrize('zipped', [True, False])
def test_reads_bare_and_wrapped_state_dicts_in_both_formats(tmp_path, zipped):
    state = Pose().state_dict()
    for name, content in {'bare': state, 'wrapped': {'state_dict': state, 'meta': {'epoch': 3}}}.items():
        path = save(tmp_path / f'{name}.pth', content, _use_new_zipfile_serialization=zipped)
        read = load_state_dict_file(path)
        assert same(read, state)
        assert read._metadata['backbone.1'] == {'version': 2}


def test_strips_the_prefix_of_wrapped_and_averaged_models(tmp_path):
    state = Pose().state_dict()
    wrapped = OrderedDict((f'module.module.{key}', value) for key, value in state.items())
    averaged = OrderedDict([('steps', torch.tensor(5)), *((f'module.{key}', value) for key, value in state.items())])
    parallel = nn.Sequential(OrderedDict(module=Pose())).state_dict()
    assert same(load_state_dict_file(save(tmp_path / 'wrapped.pth', wrapped)), state)
    assert same(load_state_dict_file(save(tmp_path / 'averaged.pth', {'state_dict': averaged})), state)
    assert load_state_dict_file(save(tmp_path / 'dp.pth', parallel))._metadata['backbone.1'] == {'version': 2}


def averaged(state):
    return {'steps': torch.tensor(5), **{f'module.{key}': value for key, value in state.items()}}


@pytest.mark.parametrize(
    'layout',
    [
        lambda state: {'model': state, 'epoch': 3, 'optimizer': {'state': {}, 'param_groups': []}},
        lambda state: {'model_state_dict': state, 'optimizer_state_dict': {'state': {0: {'step': torch.ones(1)}}}},
        lambda state: {'ema_state_dict': averaged(state)},
        lambda state: {'state_dict': state, 'ema_state_dict': averaged({key: -value for key, value in state.items()})},
        lambda state: {'model': state, 'epoch': torch.tensor(3)},
        lambda state: {**state, 'ema': {'decay': torch.tensor(0.99)}},
        lambda state: {'weights_of_mine': state, 'epoch': 3},
        lambda state: {f'_orig_mod.{key}': value for key, value in state.items()},
        lambda state: {f'module._orig_mod.{key}': value for key, value in state.items()},
        lambda state: {f'student.{key}': value for key, value in state.items()},
        lambda state: {'state_dict': {f'model.{key}': value for key, value in state.items()}, 'hyper_parameters': {}},
        lambda state: {**{f'student.{key}': value for key, value in state.items()}, 'teacher.weight': torch.ones(2)},
        lambda state: {'model': {f'module.{key}': value for key, value in state.items()}},
    ],
)
def test_loads_what_others_write(tmp_path, layout):
    source, model = Pose(), Pose()
    assert not load_weights(model, save(tmp_path / 'a.pth', layout(source.state_dict())))
    assert same(model.state_dict(), source.state_dict())


def test_a_wrapped_model_with_another_head(tmp_path):
    state = {f'model.{key}': value for key, value in Pose(17).state_dict().items()}
    with pytest.raises(ValueError, match='the file has 17 outputs, the model has 16'):
        load_weights(Pose(16), save(tmp_path / 'a.pth', state))


@pytest.mark.parametrize('name', ['a.safetensors', 'model.pth'])
def test_reads_safetensors_whatever_they_are_called(tmp_path, name):
    safetensors = pytest.importorskip('safetensors.torch')
    source, model = Pose(), Pose()
    path = tmp_path / name
    safetensors.save_file({f'model.{key}': value for key, value in source.state_dict().items()}, path)
    assert not load_weights(model, path)
    assert same(model.state_dict(), source.state_dict())
    assert load_state_dict_file(path, 'meta')['model.head.cls_x.weight'].is_meta
    whole = path.read_bytes()
    for share in (0.5, 0.99):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ValueError, match=r'truncated or damaged \(\d+ bytes; .* get it again'):
            load_state_dict_file(path)


def test_safetensors_that_are_not_installed(tmp_path, monkeypatch):
    path = tmp_path / 'a.safetensors'
    path.write_bytes((2).to_bytes(8, 'little') + b'{}')
    monkeypatch.setitem(sys.modules, 'safetensors', None)
    with pytest.raises(ImportError, match=r'a\.safetensors is in the format of safetensors: pip install safetensors'):
        load_state_dict_file(path)


def test_keeps_a_submodule_that_is_called_module(tmp_path):
    state = {'module.weight': torch.ones(1), 'head.weight': torch.ones(1)}
    assert list(load_state_dict_file(save(tmp_path / 'a.pth', state))) == list(state)
    assert list(load_state_dict_file(save(tmp_path / 'b.pth', {'steps': torch.ones(1)}))) == ['steps']


def test_reads_what_mmengines_runner_writes(tmp_path):
    from mmengine.logging import MessageHub
    from mmengine.runner.checkpoint import save_checkpoint

    hub = MessageHub.get_instance('unipose-test-checkpoints')
    hub.update_scalar('train/loss', 0.5)
    hub.update_scalar('train/loss', np.float32(0.25))
    hub.update_info('epoch', 3)
    checkpoint = {
        'meta': {'epoch': 3, 'dataset_meta': {'sigmas': np.array([0.026, 0.1], np.float32)}, 'seed': np.int64(7)},
        'state_dict': Pose().state_dict(),
        'ema_state_dict': {'steps': torch.tensor(3)},
        'message_hub': hub.state_dict(),
        'optimizer': torch.optim.AdamW(Pose().parameters()).state_dict(),
        'param_schedulers': [{'last_step': 3}],
    }
    path = tmp_path / 'epoch_3.pth'
    save_checkpoint(checkpoint, str(path))
    assert same(load_state_dict_file(path), checkpoint['state_dict'])
    # ... which torch alone refuses: the test would not notice a file without history and numpy values
    allowed = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    try:
        with pytest.raises(pickle.UnpicklingError, match='Weights only load failed'):
            torch.load(path, weights_only=True)
    finally:
        torch.serialization.add_safe_globals(allowed)


class Payload:
    """Runs a command when unpickled the ordinary way."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.mark.filterwarnings('ignore:Detected pickle protocol')
@pytest.mark.parametrize('form', ['zip', 'old', 'raw', 'inside state_dict'])
def test_refuses_a_pickle_with_code_and_does_not_run_it(tmp_path, form):
    marker, path = tmp_path / 'was run', tmp_path / 'evil.pth'
    if form == 'raw':
        path.write_bytes(pickle.dumps(Payload(marker)))
    elif form == 'inside state_dict':
        save(path, {'state_dict': {'backbone.0.weight': torch.ones(1), 'x': Payload(marker)}})
    else:
        save(path, {'state_dict': {}, 'meta': Payload(marker)}, _use_new_zipfile_serialization=form == 'zip')
    with pytest.raises(ValueError, match=r'could run code.*refused') as caught:
        load_state_dict_file(path)
    assert str(path) in str(caught.value)
    assert not marker.exists()
    if form != 'raw':
        assert 'posix.mkdir' in str(caught.value) or 'nt.mkdir' in str(caught.value)
    pickle.loads(pickle.dumps(Payload(marker)))
    assert marker.exists()  # the payload does work where it is allowed to


@pytest.mark.parametrize('content', [{'args': argparse.Namespace(lr=1)}, nn.Linear(2, 2)])
def test_names_the_object_that_was_refused_and_the_remedy(tmp_path, content):
    with pytest.raises(ValueError, match=r'\((argparse\.Namespace|torch\.nn\.modules\.linear\.Linear)\)') as caught:
        load_state_dict_file(save(tmp_path / 'old.pth', content))
    assert 'torch.save(model.state_dict(), file)' in str(caught.value)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('share', [0, 0.05, 0.3, 0.9, 0.99])
def test_a_truncated_file_is_named_with_its_size(tmp_path, zipped, share):
    whole = save(tmp_path / 'whole.pth', Pose().state_dict(), _use_new_zipfile_serialization=zipped).read_bytes()
    path = tmp_path / 'cut.pth'
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r'cut\.pth is truncated, damaged or no checkpoint \(\d+ bytes') as caught:
        load_state_dict_file(path)
    assert 'To do: get it again' in str(caught.value)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('content', [b'<!DOCTYPE html><html></html>', b'\0' * 4000, bytes(range(256)) * 20])
def test_a_file_that_is_no_checkpoint(tmp_path, content):
    path = tmp_path / 'page.pth'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='truncated, damaged or no checkpoint'):
        load_state_dict_file(path)


def test_a_damaged_listed_file_names_the_download(tmp_path):
    path = tmp_path / TEACHER.file
    path.write_bytes(b'PK half of it')
    with pytest.raises(ValueError, match=f'delete it and run: {TEACHER.remedy}'):
        load_state_dict_file(path)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ([torch.ones(1)], 'holds a list, not a state dict'),
        (torch.ones(1), 'holds a Tensor, not a state dict'),
        ({}, 'holds no tensors'),
        ({'model': {'w': 1}, 'epoch': 3}, 'holds no tensors.* Got: model, epoch'),
        ({'one': {'w': torch.ones(1)}, 'two': {'w': torch.ones(1)}}, 'or several state dicts.* Got: one, two'),
        ({'state_dict': {}}, 'holds no tensors'),
    ],
)
def test_a_file_without_a_state_dict(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        load_state_dict_file(save(tmp_path / 'a.pth', content))


def test_a_missing_file_says_what_is_there(tmp_path):
    save(tmp_path / 'epoch_10.pth', {})
    with pytest.raises(FileNotFoundError, match=r'epoch_1\.pth does not exist.*has epoch_10\.pth'):
        load_state_dict_file(tmp_path / 'epoch_1.pth')
    with pytest.raises(FileNotFoundError, match='is a folder, not a file'):
        load_state_dict_file(tmp_path)
    with pytest.raises(FileNotFoundError, match=TEACHER.remedy):
        load_state_dict_file(tmp_path / TEACHER.file)


# --- finding


@pytest.fixture
def places(tmp_path, monkeypatch):
    """(working directory, repository, teachers' folder), all empty."""
    folders = SimpleNamespace(here=tmp_path / 'here', repository=tmp_path / 'repo', teachers=tmp_path / 'repo/teachers')
    for folder in (folders.here, folders.repository, folders.teachers):
        folder.mkdir(parents=True)
    monkeypatch.chdir(folders.here)
    monkeypatch.setattr(checkpoints, 'REPOSITORY', folders.repository)
    monkeypatch.setattr(checkpoints, 'home', lambda: folders.repository)
    return folders


def test_finds_in_order_the_working_directory_the_repository_and_the_teachers(places):
    for folder in (places.teachers, places.repository, places.here):
        file = save(folder / 'a.pth', {})
        assert resolve_checkpoint('a.pth') == file
        assert resolve_checkpoint(file) == file
    file = save(places.teachers / TEACHER.file, {})
    for name in (TEACHER.name, TEACHER.file, f'teachers/{TEACHER.file}', TEACHER.url):
        assert resolve_checkpoint(name) == file, name


def test_finds_in_another_teachers_folder(places, tmp_path):
    file = save(tmp_path / 'a.pth', {})
    assert resolve_checkpoint('a.pth', tmp_path) == resolve_checkpoint('teachers/a.pth', tmp_path) == file


def test_a_linked_file_keeps_its_name(places, tmp_path):
    (places.teachers / 'a.pth').symlink_to(save(tmp_path / 'blob', {}))
    assert resolve_checkpoint('a.pth').name == 'a.pth'


def test_not_found_lists_every_place_and_the_next_step(places):
    with pytest.raises(FileNotFoundError) as caught:
        resolve_checkpoint(f'teachers/{TEACHER.file}')
    message = str(caught.value)
    for folder in (places.here, places.repository):
        assert str(folder / 'teachers' / TEACHER.file) in message
    assert message.endswith(f'To do: {TEACHER.remedy}')


def test_not_found_tells_what_the_folder_has(places):
    save(places.teachers / 'mine.pth', {})
    (places.here / 'other').mkdir()
    with pytest.raises(FileNotFoundError, match=r'(?s)other \(a folder\).*has mine\.pth'):
        resolve_checkpoint('other')
    with pytest.raises(FileNotFoundError, match=re.escape(str(places.teachers / 'x.pth'))):
        resolve_checkpoint('https://example.org/x.pth')


# --- matching


def test_loads_every_weight(tmp_path):
    source, model = Pose(), Pose()
    assert not load_weights(model, save(tmp_path / 'a.pth', {'state_dict': source.state_dict()}))
    assert same(model.state_dict(), source.state_dict())


def test_keys_that_no_prediction_needs_may_differ(tmp_path):
    state = Pose().state_dict()
    del state['backbone.1.num_batches_tracked']
    state['head.loss_module.sigmas'] = torch.ones(3)  # another shape
    state['head.loss_vis.weight'] = torch.ones(1)
    state['data_preprocessor.mean'] = torch.ones(3)
    state['distill.dialects.coco'] = torch.ones(3)
    model = Pose()
    assert not load_weights(model, save(tmp_path / 'a.pth', state))
    assert torch.equal(model.head.final_layer.weight, state['head.final_layer.weight'])


def test_lists_all_differences_in_one_error(tmp_path):
    state = Pose().state_dict()
    weight = state.pop('backbone.0.weight')
    state['backbone.stem.weight'] = weight
    state['backbone.1.bias'] = torch.ones(7)
    model = Pose()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    path = save(tmp_path / 'a.pth', state)
    with pytest.raises(ValueError, match=r'teacher coco: .* does not fit the model') as caught:
        load_weights(model, path, what='teacher coco')
    message = str(caught.value)
    assert str(path) in message
    assert '1 keys of the model are missing: backbone.0.weight' in message
    assert '1 keys are unexpected: backbone.stem.weight' in message
    assert '1 keys have another shape: backbone.1.bias [7], model [4]' in message
    assert 'To do: config and checkpoint do not belong together' in message
    assert same(model.state_dict(), before)


def test_shortens_long_lists(tmp_path):
    state = {**Pose().state_dict(), **{f'extra.{i}': torch.ones(1) for i in range(20)}}
    with pytest.raises(ValueError, match=r'20 keys are unexpected: extra\.0, .*extra\.7 \.\.\. and 12 more'):
        load_weights(Pose(), save(tmp_path / 'a.pth', state))


@pytest.mark.parametrize(
    ('skeleton', 'message'),
    [
        (MPII, 'the file has 17 outputs, skeleton mpii has 16 keypoints'),
        (None, 'the file has 17 outputs, the model has 16'),
    ],
)
@pytest.mark.parametrize('bins', [8, 12])  # another input size changes more of the head
def test_another_number_of_keypoints(tmp_path, skeleton, message, bins):
    path = save(tmp_path / 'a.pth', Pose(17).state_dict())
    with pytest.raises(ValueError, match=message):
        load_weights(Pose(16, bins=bins), path, skeleton=skeleton)


def test_a_regression_heads_outputs_are_counted_per_keypoint(tmp_path):
    def regressor(keypoints):
        return nn.ModuleDict({'head': nn.ModuleDict({'fc': nn.Linear(4, 2 * keypoints)})})

    path = save(tmp_path / 'a.pth', regressor(17).state_dict())
    with pytest.raises(ValueError, match='the file has 17 outputs, skeleton mpii has 16 keypoints'):
        load_weights(regressor(16), path, skeleton=MPII)


def test_another_size_head_or_part(tmp_path):
    path = save(tmp_path / 'a.pth', Pose(channels=6).state_dict())
    with pytest.raises(ValueError, match='another size of this model'):
        load_weights(Pose(), path)
    path = save(tmp_path / 'b.pth', Pose(bins=12).state_dict())
    with pytest.raises(ValueError, match='the backbone fits, the head does not'):
        load_weights(Pose(), path)
    path = save(tmp_path / 'c.pth', {k: v for k, v in Pose().state_dict().items() if k.startswith('backbone.')})
    with pytest.raises(ValueError, match='no head: it is a pretrained backbone'):
        load_weights(Pose(), path)
    path = save(tmp_path / 'd.pth', {f'{p}.{k}': v for p in ('student', 'ema') for k, v in Pose().state_dict().items()})
    with pytest.raises(ValueError, match=r"the keys fit without 'ema\.' or 'student\."):
        load_weights(Pose(), path)


def test_not_strict_loads_what_matches_and_returns_the_rest(tmp_path):
    state = Pose(17).state_dict()
    state['extra'] = torch.ones(1)
    model = Pose(16)
    head = model.head.final_layer.weight.clone()
    difference = load_weights(model, save(tmp_path / 'a.pth', state), strict=False)
    assert difference.unexpected == ('extra',)
    assert difference.mismatched['head.final_layer.bias'] == ((17,), (16,))
    assert torch.equal(model.backbone[0].weight, state['backbone.0.weight'])
    assert torch.equal(model.head.final_layer.weight, head)
    with pytest.raises(ValueError, match=r'does not fit the model \(0 keys match\)'):
        load_weights(model, save(tmp_path / 'b.pth', {'other': torch.ones(1)}), strict=False)


def test_weights_that_are_nan(tmp_path):
    state = Pose().state_dict()
    state['backbone.1.running_var'][1] = float('nan')
    with pytest.raises(ValueError, match=r'holds NaN in 1 tensors \(backbone\.1\.running_var\)'):
        load_weights(Pose(), save(tmp_path / 'a.pth', state))


def test_the_published_files_digest_is_checked_first(tmp_path):
    path = save(tmp_path / TEACHER.file, Pose().state_dict())
    with pytest.raises(ValueError, match='wrong digest'):
        load_weights(Pose(), path)
    assert verify_digest(save(tmp_path / 'mine.pth', Pose().state_dict())) is None


# --- real models


@pytest.fixture(scope='module')
def heatmap_model():
    compat.apply()
    from mmpose.models import TopdownPoseEstimator

    return TopdownPoseEstimator(
        backbone={'type': 'ResNet', 'depth': 18},
        head={
            'type': 'HeatmapHead',
            'in_channels': 512,
            'out_channels': 17,
            'deconv_out_channels': (32,),
            'deconv_kernel_sizes': (4,),
            'conv_out_channels': (32,),
            'conv_kernel_sizes': (3,),
        },
    )


def test_a_checkpoint_of_mmpose_0_is_converted_by_the_models_own_hooks(tmp_path, heatmap_model):
    """Before 1.0 the head was `keypoint_head`, and its `final_layer` held the convolutions before the last one too."""
    state = {}
    for key, value in heatmap_model.state_dict().items():
        key = key.replace('head.conv_layers.', 'head.final_layer.').replace(
            'head.final_layer.weight', 'head.final_layer.3.weight'
        )
        key = key.replace('head.final_layer.bias', 'head.final_layer.3.bias').replace('head.', 'keypoint_head.')
        state[key] = value + 1
    assert 'keypoint_head.final_layer.0.weight' in state
    path = save(tmp_path / 'resnet18_coco.pth', {'state_dict': state, 'meta': {'mmpose_version': '0.24.0'}})
    expected = {key: value + 1 for key, value in heatmap_model.state_dict().items()}
    assert not load_weights(heatmap_model, path, skeleton=COCO)
    assert same(heatmap_model.state_dict(), expected)


def test_a_checkpoint_that_the_models_hooks_cannot_convert(tmp_path):
    model = Pose()

    def convert(state, prefix, *_):
        raise AssertionError('two final layers')

    model.head._register_load_state_dict_pre_hook(convert)
    state = Pose().state_dict()
    state['old.name'] = state.pop(next(key for key in state if key.startswith('head.')))
    with pytest.raises(ValueError, match=r'older version that does not fit the model: .*two final layers'):
        load_weights(model, save(tmp_path / 'a.pth', state))


class Turning(nn.Module):
    """Takes what has no version for an older one, of another name and with channels turned, as MMPose's DEKR does."""

    _version = 2

    def __init__(self):
        super().__init__()
        self.offset, self.root = nn.Linear(2, 2), nn.Linear(2, 3)
        self._register_load_state_dict_pre_hook(self.convert)

    def convert(self, state, prefix, local_meta, *_):
        if local_meta.get('version'):
            return
        for key in list(state):
            value = state.pop(key)
            state[key.replace('old_offset', 'offset')] = torch.cat((value[1:], value[:1])) if 'root' in key else value


@pytest.mark.parametrize('kind', [dict, OrderedDict])
def test_what_has_lost_its_versions_is_not_taken_for_an_older_one(tmp_path, kind):
    model, state = Turning(), kind((key, value + 1) for key, value in Turning().state_dict().items())
    assert not load_weights(model, save(tmp_path / 'bare.pth', state))
    assert same(model.state_dict(), state)


def test_what_is_older_is_converted_once(tmp_path):
    model, new = Turning(), {key: value + 1 for key, value in Turning().state_dict().items()}
    old = {
        key.replace('offset', 'old_offset'): torch.cat((value[-1:], value[:-1])) if 'root' in key else value
        for key, value in new.items()
    }
    assert not load_weights(model, save(tmp_path / 'old.pth', old))
    assert same(model.state_dict(), new)


def test_only_what_is_strange_is_converted(tmp_path):
    """A file without versions, of which another module has another name."""
    model = nn.ModuleDict(dict(backbone=nn.Linear(1, 1), head=Turning()))
    state = {key: value + 1 for key, value in model.state_dict().items()}
    expected = {key: value for key, value in state.items() if key.startswith('head.')}
    state['backbone.other'] = state.pop('backbone.weight')
    assert load_weights(model, save(tmp_path / 'part.pth', state), strict=False)
    assert all(torch.equal(model.state_dict()[key], value) for key, value in expected.items())

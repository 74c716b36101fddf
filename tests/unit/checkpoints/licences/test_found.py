import json
from pathlib import Path

import onnx
import pytest
import torch
from onnx import helper

from unipose.checkpoints import manifest
from unipose.checkpoints.licences import Inherited, Licence, found, licences_of_config, licences_of_run, to_plain
from unipose.checkpoints.manifest import sha256_file
from unipose.files.onnx.metadata import METADATA_KEY

HELD = [Inherited('teacher', 'coco', Licence.of('cc-by-nc-4.0')), Inherited('source', 'mpii', Licence.of('mine'))]


def of_teacher(entry: dict) -> list[tuple[str, str]]:
    config = dict(model=dict(teachers=dict(a=entry, gone=None)))
    return [(str(one), one.licence.name) for one in licences_of_config(config)]


def write(path: Path, **meta: object) -> Path:
    torch.save(dict(state_dict=dict(weight=torch.ones(2)), meta=meta), path)
    return path


def write_onnx(path: Path, **facts: object) -> Path:
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ('a', 'b')]
    graph = helper.make_graph([helper.make_node('Identity', ['a'], ['b'])], 'g', ends[:1], ends[1:])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid('', 17)])
    helper.set_model_props(model, {METADATA_KEY: json.dumps(facts)})
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    ('entry', 'licence'),
    [
        (dict(checkpoint='/far/hrnet_w32_aic_256x192-30a4e465_20200826.pth'), 'Apache-2.0'),
        (dict(onnx='teachers/movenet-thunder-coco17.onnx'), 'Apache-2.0'),
        (dict(transformers='facebook/sapiens2-pose-0.4b'), 'Sapiens2 License'),
        (dict(transformers='teachers/sapiens2-0.4b-1024x768'), 'Sapiens2 License'),
        (dict(checkpoint='hrnet-w32_aic-256x192', license='mit'), 'mit'),
        (dict(checkpoint='nowhere.pth'), 'none stated'),
        (dict(transformers='somebody/model'), 'none stated'),
    ],
)
def test_the_entry_says_it_or_the_manifest_knows_the_name(entry: dict, licence: str) -> None:
    assert of_teacher(entry) == [("teacher 'a'", licence)]


def test_a_renamed_file_is_known_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / 'renamed.pth')
    assert of_teacher(dict(checkpoint=str(file))) == [("teacher 'a'", 'none stated')]
    entry = manifest.ManifestEntry(
        name='b', file='b.pth', kind='backbone', license='GPL-3.0', skeleton=None, input_size=None,
        url='https://example.org/b.pth', sha256_prefix=sha256_file(file)[:8],
    )  # fmt: skip
    monkeypatch.setattr(found, 'load_manifest', lambda: dict(b=entry))
    assert of_teacher(dict(checkpoint=str(file))) == [("teacher 'a'", 'GPL-3.0')]


def test_a_student_hands_on_what_it_came_from(tmp_path: Path) -> None:
    file = write(tmp_path / 'student.pth', licences=to_plain(HELD))
    handed_on = [("teacher 'coco' of teacher 'a'", 'cc-by-nc-4.0'), ("source 'mpii' of teacher 'a'", 'mine')]
    assert of_teacher(dict(checkpoint=str(file))) == handed_on
    exported = write_onnx(tmp_path / 'student.onnx', licences=to_plain(HELD))
    assert of_teacher(dict(onnx=str(exported))) == handed_on
    write_onnx(exported)
    assert of_teacher(dict(onnx=str(exported))) == [("teacher 'a'", 'none stated')]
    write(file, licences='damaged')
    with pytest.raises(ValueError, match=r'student\.pth: what it says of licences is damaged'):
        of_teacher(dict(checkpoint=str(file)))


def test_sources_that_are_drawn_from_and_first_weights(tmp_path: Path) -> None:
    backbone = 'teachers/cspnext-s_udp-aic-coco_210e-256x192-92f5a029_20230130.pth'
    start = dict(type='Pretrained', checkpoint=backbone, prefix='backbone.')
    sources = dict(
        coco=dict(skeleton='coco', license='cc-by-4.0'), mpii=dict(skeleton='mpii'), off=dict(ratio=0), gone=None
    )
    config = dict(
        model=dict(backbone=dict(init_cfg=start), head=dict(init_cfg=[dict(type='Normal', layer='Conv2d'), start])),
        train_dataloader=dict(dataset=dict(sources=sources)),
        load_from=str(write(tmp_path / 'student.pth', licences=to_plain(HELD[:1]))),
    )
    expected = [
        ("source 'coco'", 'cc-by-4.0'),
        ("source 'mpii'", 'none stated'),
        (f'start {Path(backbone).name!r}', 'Apache-2.0'),
        ("teacher 'coco' of start 'student.pth'", 'cc-by-nc-4.0'),
    ]
    assert [(str(one), one.licence.name) for one in licences_of_config(config)] == expected
    resumed = licences_of_config(dict(config, resume=True))
    assert [str(one) for one in resumed] == [who for who, _ in expected[:3]]
    sources['mpii']['license'] = 1
    with pytest.raises(ValueError, match="source 'mpii': a licence is its name"):
        licences_of_config(config)


def test_a_checkpoint_says_it_itself_or_its_config_does() -> None:
    config = dict(train_dataloader=dict(dataset=dict(sources=dict(coco=dict(license='cc-by-4.0')))))
    assert licences_of_run(dict(licences=to_plain(HELD)), config, 'a.pth') == tuple(HELD)
    assert [one.name for one in licences_of_run({}, config, 'a.pth')] == ['coco']
    assert licences_of_run(dict(licences=[]), config, 'a.pth') == ()

"""What importing the package loads, with and without mmcv's compiled module."""

import subprocess
import sys

HEAVY = ('torch', 'mmengine', 'mmcv', 'mmpose', 'mmdet', 'cv2', 'numpy')


def run(code):
    """Run code in a fresh interpreter; returns what it printed, and fails where it failed."""
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done


def test_the_package_loads_nothing_heavy():
    code = 'import sys, unipose; print(unipose.load.__name__, set(unipose.__all__) <= set(dir(unipose)), '
    printed = run(f'{code}[name for name in {HEAVY} if name in sys.modules])').stdout
    assert printed.strip() == 'load True []'


def test_compat_and_doctor_load_no_torch():
    code = 'import sys, unipose.compat, unipose.commands.doctor; print("torch" in sys.modules, "mmcv" in sys.modules)'
    assert run(code).stdout.split() == ['False', 'False']


def test_registration_where_compiled_operators_are_absent():
    # The finder hides the module also where full mmcv is installed.
    done = run(
        'import sys\n'
        'class Absent:\n'
        '    def find_spec(self, name, path=None, target=None):\n'
        '        if name == "mmcv._ext": raise ModuleNotFoundError("No module named " + repr(name), name=name)\n'
        'sys.meta_path.insert(0, Absent())\n'
        'import unipose.registration\n'
        'from unipose import compat\n'
        'import mmcv._ext, mmcv.ops, mmpose.models, mmpose.apis, mmdet.models\n'
        'print(mmcv._ext.__spec__.origin, "mmcv_without_compiled_ops" in [patch.name for patch in compat.active()])\n'
    )
    assert done.stdout.split() == ['unipose.compat', 'True']
    assert done.stderr == ''  # the import is quiet


def test_registration_where_compiled_operators_are_present():
    done = run(
        'import sys, types, importlib.machinery\n'
        'compiled = types.ModuleType("mmcv._ext")\n'
        'compiled.__spec__ = importlib.machinery.ModuleSpec("mmcv._ext", None, origin="compiled")\n'
        'def operator(name):\n'
        '    if name.startswith("__"): raise AttributeError(name)\n'
        '    return lambda *args, **kwargs: name\n'
        'compiled.__getattr__ = operator\n'
        'sys.modules["mmcv._ext"] = compiled\n'
        'import unipose.registration\n'
        'from unipose import compat\n'
        'import mmcv.ops, mmpose.models\n'
        'print(sys.modules["mmcv._ext"] is compiled, mmcv.ops.nms.__module__)\n'
        'print("mmcv_without_compiled_ops" in [patch.name for patch in compat.active()])\n'
    )
    assert done.stdout.split() == ['True', 'mmcv.ops.nms', 'False']

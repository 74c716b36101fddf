"""Applying the patches as a whole."""

from unipose import compat


class TestApply:
    def test_is_idempotent(self):
        assert compat.apply() == compat.apply() == compat.active()

    def test_names_each_patch_by_its_function(self):
        names = {step.__name__ for step in compat.IN_ORDER}
        for patch in compat.active():
            assert patch.name in names
            assert patch.cause

    def test_every_step_names_symptom_and_cause(self):
        for step in compat.IN_ORDER:
            assert 'Symptom: ' in step.__doc__, step.__name__
            assert 'Cause: ' in step.__doc__, step.__name__

    def test_caller_cannot_change_the_list(self):
        compat.active().clear()
        assert compat.active() == compat.apply()

"""Changes of a config on the command line."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace


class ConfigOptions(Action):
    """The action behind ``--cfg-options``, which says so when an option is no ``key=value``.

    It keeps them as they are given, such as ``['model.gt_weight=0.5']``. What their values are is for MMEngine to say,
    which takes seconds to import: :func:`unipose.files.read_config.values_of` asks it.
    """

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: list[str], option_string: str | None = None
    ) -> None:
        """Adds the options to those that came before."""
        wrong = [value for value in values if not value.partition('=')[0] or '=' not in value]
        if wrong:
            parser.error(f'{option_string} takes key=value, such as train_dataloader.batch_size=64. Got: {wrong}')
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest) or ()), *values])

"""yapf's grammar, which a process may find half written by another one."""

import importlib
import pickle
import time

from unipose.compat.patch import Patch

_TRIES, _PAUSE = 20, 0.25  # seconds


def yapf_reads_what_is_being_written() -> Patch | None:
    """Import yapf, waiting for a process that is at writing its grammar.

    Symptom: `EOFError: Ran out of input` on importing MMEngine, in one of several processes that start together.
    Cause: the first process after yapf's installation writes what it has made of its grammar into the user's cache, in
    place; another one that starts meanwhile reads what is there so far.

    Raises:
        EOFError: The file stays as it is; the message names it.
    """
    for left in reversed(range(_TRIES)):
        try:
            importlib.import_module('yapf')
        except (EOFError, pickle.UnpicklingError) as error:
            if not left:
                raise EOFError(f"yapf's cache is damaged ({error}); remove {_folder()}") from error
            time.sleep(_PAUSE)
        else:
            break
    if left == _TRIES - 1:
        return None
    return Patch('yapf_reads_what_is_being_written', "another process was at writing yapf's grammar: it was waited for")


def _folder() -> str:
    """Where yapf keeps what it has made of its grammar."""
    driver = importlib.import_module('yapf_third_party._ylib2to3.pgen2.driver')
    return driver.user_cache_dir(appname='YAPF', appauthor='Google', version=driver.yapf_version)

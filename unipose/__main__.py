"""`python -m unipose` is `unipose`."""

import sys

from unipose.commands.main import main

__spec__ = None  # a worker that is spawned then reads this file again, as it does a script

if __name__ == '__main__':
    sys.exit(main())

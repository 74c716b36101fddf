"""`unipose label`, as a script."""

import sys

from unipose.commands.main import run_verb

if __name__ == '__main__':
    sys.exit(run_verb('label'))

"""Memory that this process holds."""

import os
from pathlib import Path


def resident_megabytes() -> int:
    """What of this process lies in memory, MB."""
    return round(int(Path('/proc/self/statm').read_text().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 1e6)

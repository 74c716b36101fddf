"""What a patch tells about itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Patch:
    """A deviation from the installed stack that is in force.

    Attributes:
        name: The function in `unipose.compat` that made it.
        cause: What was found here, and what was done about it.
    """

    name: str
    cause: str


class CompatWarning(UserWarning):
    """The installed stack has a known problem that no patch can take away; the message names the remedy."""

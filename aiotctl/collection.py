"""Python's cycle collector, out of the way while much is made that stays."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """No collection of cycles inside, and none later of what was made inside.

    A blueprint of ten thousand sites is millions of objects without a cycle, and looking through them again
    and again takes longer than making them.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.freeze()
            gc.enable()

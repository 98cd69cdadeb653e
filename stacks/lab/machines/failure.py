"""What went wrong in the lab, in words for the person who asked for it."""

from __future__ import annotations


class LabError(RuntimeError):
    """What is wrong and why, and what helps."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n{remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy


class CancelledError(LabError):
    """Somebody asked to stop."""

    def __init__(self) -> None:
        super().__init__("stopped, as asked")

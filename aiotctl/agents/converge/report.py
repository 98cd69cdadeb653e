"""What converging one host changes or has changed, as data."""

from __future__ import annotations

from dataclasses import dataclass

OK, CREATE, UPDATE, DELETE = "ok", "create", "update", "delete"
START, RESTART, RELOAD = "start", "restart", "reload"


@dataclass(frozen=True, slots=True)
class Change:
    """One item and what is done about it.

    `kind` is directory, file, program, service or record; `reasons` say what is wanted anew,
    `drift` what the world changed behind our back. Neither ever holds content of a file.
    """

    kind: str
    name: str
    action: str
    reasons: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The form that modules return."""
        return {
            "kind": self.kind,
            "name": self.name,
            "action": self.action,
            "reasons": list(self.reasons),
            "drift": list(self.drift),
        }


@dataclass(frozen=True, slots=True)
class ServiceFailure:
    """A service that did not become healthy, with the last lines of its log."""

    service: str
    reason: str
    log_tail: str

    def as_json(self) -> dict[str, object]:
        """The form that modules return."""
        return {"service": self.service, "reason": self.reason, "log_tail": self.log_tail}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one converge: what was done, item by item, and what is not healthy; of a change that was
    taken back also what is `left` of it.
    """

    changes: tuple[Change, ...]
    failures: tuple[ServiceFailure, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was to do."""
        return any(change.action != OK for change in self.changes)

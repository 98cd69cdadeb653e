"""Reads JSON mappings field by field, naming the place of whatever is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, cast

from .errors import ManifestError
from .manifest import Owner

T = TypeVar("T")


class Fields:
    """One JSON object being read; fields nobody asked for are refused by ``end``."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise ManifestError(f"{where}: expected an object, found {type(value).__name__}")
        self.where = where
        self._values = cast("dict[str, object]", value)
        self._asked: set[str] = set()

    def end(self) -> None:
        """Refuses fields that were never asked for."""
        unknown = sorted(set(self._values) - self._asked)
        if unknown:
            raise ManifestError(f"{self.where}: unknown field {unknown[0]!r}")

    def take(self, key: str) -> object:
        """The raw value, None when absent."""
        self._asked.add(key)
        return self._values.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """A string without NUL."""
        value = self.optional_text(key)
        if value is None:
            value = default
        if value is None:
            raise ManifestError(f"{self.where}: field {key!r} is missing")
        return value

    def optional_text(self, key: str) -> str | None:
        """A string without NUL, or None."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise ManifestError(f"{self.where}.{key}: expected text, found {type(value).__name__}")
        if "\0" in value:
            raise ManifestError(f"{self.where}.{key}: text holds a NUL character")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A number that is not negative."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise ManifestError(f"{self.where}.{key}: expected a number of at least 0")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise ManifestError(f"{self.where}.{key}: expected true or false")
        return value

    def mode(self, key: str, default: str) -> int:
        """File mode bits written as octal text, such as "0600"."""
        value = self.text(key, default)
        try:
            bits = int(value, 8)
        except ValueError:
            bits = -1
        if not 0 <= bits <= 0o777:
            raise ManifestError(
                f"{self.where}.{key}: expected octal mode bits such as '0600', found {value!r}"
            )
        return bits

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, empty when absent."""
        return tuple(_plain(item, f"{self.where}.{key}[{index}]") for index, item in self._items(key))

    def text_map(self, key: str) -> tuple[tuple[str, str], ...]:
        """An object of strings as sorted pairs."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, Mapping):
            raise ManifestError(f"{self.where}.{key}: expected an object")
        pairs = cast("Mapping[str, object]", value)
        return tuple(
            sorted((name, _plain(item, f"{self.where}.{key}.{name}")) for name, item in pairs.items())
        )

    def each(self, key: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
        """A list of objects, each read by ``read`` and then closed."""
        found: list[T] = []
        for index, item in self._items(key):
            fields = Fields(item, f"{self.where}.{key}[{index}]")
            found.append(read(fields))
            fields.end()
        return tuple(found)

    def _items(self, key: str) -> Iterator[tuple[int, object]]:
        value = self.take(key)
        if value is None:
            return
        if not isinstance(value, list):
            raise ManifestError(f"{self.where}.{key}: expected a list")
        yield from enumerate(cast("list[object]", value))


def read_owner(value: object, where: str = "owner") -> Owner:
    """An owner from parsed JSON."""
    fields = Fields(value, where)
    owner = Owner(fields.text("blueprint"), fields.text("environment"), fields.text("lineage"))
    fields.end()
    return owner


def _plain(value: object, where: str) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ManifestError(f"{where}: expected text without NUL characters")
    return value

"""Reads pipelines: which points they take, and their steps with units converted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from aiotctl.findings import Path, listed, nearest
from aiotctl.model.blueprint import (
    Condition,
    Convert,
    Deadband,
    DeviceType,
    Filter,
    Pipeline,
    PointType,
    Scale,
    Step,
    ValueType,
    Window,
)
from aiotctl.pipeline.language.broken import Ledger
from aiotctl.pipeline.language.data import mapping_of
from aiotctl.pipeline.language.reference import BAD_DURATION, BAD_UNIT, STEP, UNIT_MISMATCH, UNKNOWN_REFERENCE
from aiotctl.pipeline.language.types import unit_remedy
from aiotctl.quantities import duration_ms
from aiotctl.units import conversion, unit

_COMPARISON = re.compile(r"\s*(=|!=|>=|<=|>|<)\s*(.+)", re.DOTALL)
_QUANTITY = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(?: ([!-~]+))?")
_NUMBERS = (ValueType.INTEGER, ValueType.DECIMAL, ValueType.FLOAT)


def read_pipelines(
    section: Mapping[str, Any], types: Mapping[str, DeviceType], declared: Mapping[str, Any], ledger: Ledger
) -> dict[str, Pipeline]:
    """All pipelines without findings."""
    made: dict[str, Pipeline] = {}
    for name, data in section.items():
        if not ledger.broken(("pipelines", name)):
            made[name] = PipelineReader(name, data, types, declared, ledger).read()
    return made


class PipelineReader:
    """Reads one pipeline, keeping account of each point's unit from step to step."""

    def __init__(
        self,
        name: str,
        data: Mapping[str, Any],
        types: Mapping[str, DeviceType],
        declared: Mapping[str, Any],
        ledger: Ledger,
    ) -> None:
        self.name, self.data, self.types, self.declared, self.ledger = name, data, types, declared, ledger
        self.path: Path = ("pipelines", name)
        self.sources = [types[t] for t in data["source"]["device_types"] if t in types]
        self.blurred = not ledger.whole("device_types") or any(
            ledger.broken(("device_types", t)) or not ledger.whole("device_types", t)
            for t in data["source"]["device_types"]
        )
        self.points: dict[str, list[PointType]] = {}
        for kind in self.sources:
            for point in kind.points:
                self.points.setdefault(point.name, []).append(point)
        self.units: dict[str, str] = {
            name: found[0].unit for name, found in self.points.items() if len({p.unit for p in found}) == 1
        }

    def read(self) -> Pipeline:
        """The pipeline."""
        source = self.data["source"]
        self._sources(source)
        steps = [self._step(number, step) for number, step in enumerate(self.data.get("steps", ()))]
        self._window_last()
        return Pipeline(
            self.name,
            tuple(source["device_types"]),
            tuple(source.get("points", ())),
            tuple(step for step in steps if step is not None),
            tuple(self.data.get("sinks", ("timeseries",))),
        )

    def _sources(self, source: Mapping[str, Any]) -> None:
        for number, name in enumerate(source["device_types"]):
            if name not in self.declared and self.ledger.whole("device_types"):
                detail = f"There is no device type `{name}`.{nearest(name, self.declared)}"
                where = (*self.path, "source", "device_types", number)
                self.ledger.add(UNKNOWN_REFERENCE.at(where, detail, f"Declared are {listed(self.declared)}."))
                self.blurred = True
        for number, name in enumerate(source.get("points", ())):
            self._known(name, (*self.path, "source", "points", number))

    def _known(self, name: str, path: Path, *, on_key: bool = False) -> bool:
        if name in self.points:
            return True
        if not self.blurred:  # a broken device type may well have had it
            detail = f"No device type of this pipeline has a point `{name}`.{nearest(name, self.points)}"
            remedy = f"They have {listed(self.points)}."
            self.ledger.add(UNKNOWN_REFERENCE.at(path, detail, remedy, on_key=on_key))
        return False

    def _window_last(self) -> None:
        steps = self.data.get("steps", ())
        for number, step in enumerate(steps[:-1]):
            if "window" in step:
                detail = "After a window there is one row for each interval, and no step can follow."
                self.ledger.add(
                    STEP.at(
                        (*self.path, "steps", number), detail, "Move the window to the end; one is the most."
                    )
                )

    def _step(self, number: int, step: Mapping[str, Any]) -> Step | None:
        ((verb, body),) = step.items()
        path = (*self.path, "steps", number, verb)
        read = {
            "filter": self._filter,
            "scale": self._scale,
            "convert": self._convert,
            "deadband": self._deadband,
            "window": self._window,
        }
        return read[verb](body, path)

    def _numeric(self, name: str, path: Path) -> bool:
        """Whether the point is there and a number; told otherwise."""
        if not self._known(name, path, on_key=True):
            return False
        taken = self.data["source"].get("points", (name,))
        if name not in taken:
            detail = f"The pipeline does not take `{name}`."
            self.ledger.add(
                STEP.at(path, detail, f"Add it to `source.points`, which has {listed(taken)}.", on_key=True)
            )
            return False
        if all(point.type in _NUMBERS and not point.enum for point in self.points[name]):
            return True
        self.ledger.add(STEP.at(path, f"`{name}` is no number.", "Leave it out of this step.", on_key=True))
        return False

    def _unit_of(self, name: str, path: Path) -> str | None:
        """The unit the point has at this step; None after telling that its device types disagree."""
        if name in self.units:
            return self.units[name]
        used = sorted({point.unit for point in self.points[name]})
        detail = f"The device types of this pipeline give `{name}` different units: {listed(used)}."
        self.ledger.add(STEP.at(path, detail, "Make a pipeline for each of them.", on_key=True))
        return None

    def _filter(self, body: Mapping[str, Any], path: Path) -> Step:
        conditions: list[Condition] = []
        for name, written in body.items():
            where = (*path, name)
            if self._known(name, where, on_key=True):
                made = self._condition(name, written, where)
                if made is not None:
                    conditions.append(made)
        return Filter(tuple(conditions))

    def _condition(self, name: str, written: Any, path: Path) -> Condition | None:
        found = _COMPARISON.fullmatch(written) if isinstance(written, str) else None
        operator, operand = (found[1], found[2].strip()) if found else ("=", written)
        value = self._operand(name, operator, operand, path)
        return Condition(name, operator, value) if value is not None else None

    def _operand(self, name: str, operator: str, operand: Any, path: Path) -> Decimal | str | bool | None:
        point = self.points[name][0]
        if point.type is ValueType.BOOLEAN:
            truth = {"true": True, "false": False}.get(str(operand).lower())
            if truth is not None and operator in ("=", "!="):
                return truth
            self.ledger.add(
                STEP.at(path, f"`{name}` is true or false.", f"Write `{name}: true` or `{name}: false`.")
            )
            return None
        if point.enum or point.type is ValueType.TEXT:
            return self._word(point, operator, operand, path)
        number = self._quantity(operand, name, path, difference=False)
        return number[0] if number else None

    def _word(self, point: PointType, operator: str, operand: Any, path: Path) -> Decimal | str | None:
        words = [word for _, word in point.enum]
        if operator not in ("=", "!="):
            detail = f"`{point.name}` has names, which can only be equal or not."
            self.ledger.add(
                STEP.at(path, detail, f'Write `{point.name}: NAME` or `{point.name}: "!= NAME"`.')
            )
            return None
        if words and str(operand) not in words:
            detail = f"`{operand}` is no state of `{point.name}`.{nearest(str(operand), words)}"
            self.ledger.add(UNKNOWN_REFERENCE.at(path, detail, f"It has {listed(words)}."))
            return None
        return str(operand)

    def _quantity(
        self, written: Any, name: str, path: Path, *, difference: bool
    ) -> tuple[Decimal, str] | None:
        """A number in the unit that the point has here, and the text as written."""
        text = str(written)
        found = _QUANTITY.fullmatch(text)
        if found is None or isinstance(written, bool):
            detail = f"{text!r} is no quantity."
            self.ledger.add(STEP.at(path, detail, "Write a number and its unit: `0.2 bar`."))
            return None
        own = self._unit_of(name, path)
        if own is None:
            return None
        number = Decimal(found[1])
        if found[2] is None or found[2] == own:
            return number, text
        if unit(found[2]) is None:
            self.ledger.add(BAD_UNIT.at(path, f"`{found[2]}` is no UCUM code.", unit_remedy(found[2])))
            return None
        factors = conversion(found[2], own)
        if factors is None:
            detail = f"`{name}` is in `{own}` here, and `{found[2]}` measures something else."
            self.ledger.add(
                UNIT_MISMATCH.at(path, detail, f"Write it in `{own}` or a unit of the same kind.")
            )
            return None
        factor, offset = factors
        return number * factor + (0 if difference else offset), text

    def _scale(self, body: Mapping[str, Any], path: Path) -> Step:
        made: list[tuple[str, Decimal, Decimal]] = []
        for name, written in body.items():
            if self._numeric(name, (*path, name)):
                both = mapping_of(written) or {"factor": written}
                made.append((name, Decimal(both.get("factor", 1)), Decimal(both.get("offset", 0))))
        return Scale(tuple(made))

    def _convert(self, body: Mapping[str, Any], path: Path) -> Step:
        made: list[tuple[str, str, Decimal, Decimal]] = []
        for name, target in body.items():
            where = (*path, name)
            if not self._numeric(name, where):
                continue
            own = self._unit_of(name, where)
            if own is None:
                continue
            if unit(target) is None:
                self.ledger.add(BAD_UNIT.at(where, f"`{target}` is no UCUM code.", unit_remedy(target)))
                continue
            factors = conversion(own, target)
            if factors is None:
                detail = f"`{name}` is in `{own}` here, which cannot be converted into `{target}`."
                self.ledger.add(UNIT_MISMATCH.at(where, detail, "Choose a unit that measures the same."))
                continue
            made.append((name, target, *factors))
            self.units[name] = target
        return Convert(tuple(made))

    def _deadband(self, body: Mapping[str, Any], path: Path) -> Step:
        made: list[tuple[str, Decimal, str]] = []
        for name, written in body.items():
            where = (*path, name)
            if name == "at_least_every" or not self._numeric(name, where):
                continue
            band = self._quantity(written, name, where, difference=True)
            if band is not None and band[0] <= 0:
                self.ledger.add(
                    STEP.at(where, "A band of zero or less lets every value pass.", "Write a positive band.")
                )
            elif band is not None:
                made.append((name, *band))
        return Deadband(tuple(made), self._duration(body["at_least_every"], (*path, "at_least_every")))

    def _window(self, body: Mapping[str, Any], path: Path) -> Step:
        of_numbers = [one for one in body["aggregate"] if one not in ("last", "count")]
        for name in self.data["source"].get("points", ()):
            kinds = {point.type for point in self.points.get(name, ())}
            if of_numbers and kinds - set(_NUMBERS):
                detail = f"`{name}` is no number, so it has no {listed(of_numbers)}."
                remedy = "Ask for `last` and `count`, or leave the point out of the pipeline."
                self.ledger.add(STEP.at((*path, "aggregate"), detail, remedy))
        return Window(self._duration(body["every"], (*path, "every")), tuple(body["aggregate"]))

    def _duration(self, text: str, path: Path) -> int:
        found = duration_ms(text)
        if found:
            return found
        detail = f"`{text}` is no whole number of milliseconds above zero."
        self.ledger.add(BAD_DURATION.at(path, detail, "Write for example `10s` or `15min`."))
        return 1

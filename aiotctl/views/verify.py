"""Is every series flowing: a table device by device, where the silent ones stop, and what it amounts to.

Messages of the stream:

- ``series``: series (id), address, site, device, point, pipeline, aggregate, flow, ok, unit, and where there
  is a value: value (text), quality (code), quality_words, age_s, time; where it stops: stop {hop, address,
  cause, evidence}
- ``verify_summary``: ok, total, flows {flow: number}, database, broker (what failed when they were asked),
  backlog, strays, jobs [{name, age_s, failure}]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import groupby

from aiotctl.model.blueprint import ValueType
from aiotctl.model.primitives import Series
from aiotctl.model.quality import Quality
from aiotctl.model.verification import Cause, Flow, Stop, Verdict, VerifyReport
from aiotctl.views.dropped import human_dropped, write_dropped
from aiotctl.views.endings import human_endings, write_endings
from aiotctl.views.output import Field, Output, Screen, Stream
from aiotctl.views.table import Column, Group, show_groups
from aiotctl.views.text import Part, Style, age, count, listed

STYLES = {
    Flow.FLOWING: Style.GOOD,
    Flow.QUIET: Style.FAINT,
    Flow.STALE: Style.DOUBTFUL,
    Flow.SILENT: Style.BAD,
    Flow.NEVER: Style.BAD,
    Flow.BAD_QUALITY: Style.DOUBTFUL,
    Flow.OUT_OF_RANGE: Style.DOUBTFUL,
    Flow.CLOCK_AHEAD: Style.DOUBTFUL,
    Flow.UNKNOWN: Style.BAD,
}
SHOWN_WHOLE = 200
"""So many series are all shown; of more only those with which something is wrong."""
WRONG_AT_MOST = 200
_VALUE_WIDTH = 16
_FLOAT_DIGITS = 7
"""What a float of four bytes, the most that field devices give, can tell."""

_COLUMNS = (
    Column("point", least=14),
    Column("value", right=True),
    Column("unit"),
    Column("age", right=True),
    Column("quality", least=8),
    Column("verdict"),
)


def show_report(report: VerifyReport, series: Sequence[Series], output: Output) -> None:
    """The report, on the screen, in the stream, or both."""
    by_id = {one.id: one for one in series}
    if output.stream is not None:
        write_report(report, by_id, output.stream)
    if output.screen is not None:
        human_report(report, by_id, output.screen)
        human_dropped(report.dropped, output.screen)
        human_endings(report.endings, output.screen, output.clock())


def write_report(report: VerifyReport, series: Mapping[int, Series], stream: Stream) -> None:
    """The report's messages."""
    for verdict in report.verdicts:
        stream.write("series", **_fields(verdict, series[verdict.series]))
    write_dropped(report.dropped, stream)
    write_endings(report.endings, stream)
    stream.write(
        "verify_summary",
        ok=report.ok,
        total=len(report.verdicts),
        flows=_flows(report),
        database=report.database,
        broker=report.broker,
        backlog=report.backlog,
        strays=report.strays,
        jobs=[{"name": job.name, "age_s": job.age_s, "failure": job.failure} for job in report.jobs],
    )


def human_report(report: VerifyReport, series: Mapping[int, Series], screen: Screen) -> None:
    """The report as a person reads it."""
    shown = _shown(report)
    show_groups(screen, _COLUMNS, _groups(shown, series), "  ")
    if len(shown) < len(report.verdicts):
        left = len(report.verdicts) - len(shown)
        screen.line((Style.FAINT, f"{left:,} series are not listed; --json tells all."))
    _show_stops(report, series, screen)
    screen.line()
    _show_surroundings(report, screen)
    screen.line(*_summary(report))


def _groups(verdicts: Sequence[Verdict], series: Mapping[int, Series]) -> list[Group]:
    """Device by device."""
    groups: list[Group] = []
    for (site, device), members in groupby(
        verdicts, key=lambda v: (series[v.series].site, series[v.series].device)
    ):
        mine = list(members)
        kind = series[mine[0].series].device_type
        title = ((Style.STRONG, f"{site} {device}"), (Style.FAINT, f"  {kind}"))
        groups.append(Group(title, [_row(verdict, series[verdict.series]) for verdict in mine]))
    return groups


def progress_words(report: VerifyReport) -> str:
    """``18 of 21 series flow``."""
    return f"{sum(verdict.ok for verdict in report.verdicts):,} of {len(report.verdicts):,} series flow"


def _shown(report: VerifyReport) -> list[Verdict]:
    if len(report.verdicts) <= SHOWN_WHOLE:
        return list(report.verdicts)
    return [verdict for verdict in report.verdicts if not verdict.ok][:WRONG_AT_MOST]


def _row(verdict: Verdict, series: Series) -> list[Part]:
    newest = verdict.newest
    name = _name(series)
    judged = (STYLES[verdict.flow], verdict.flow.value)
    if newest is None:
        return [name, "", _unit(series), "", "", judged]
    value = "-" if newest.text is None else _value(newest.text, series.type)
    return [name, value, _unit(series), age(newest.age_s), quality_words(newest.quality), judged]


def _value(text: str, kind: ValueType) -> str:
    """A value that fits a table: of a float the digits that mean something, else what fits."""
    if kind is ValueType.FLOAT:
        with suppress(ValueError):
            return f"{float(text):.{_FLOAT_DIGITS}g}"
    return text if len(text) <= _VALUE_WIDTH else text[: _VALUE_WIDTH - 1] + "…"


def _name(series: Series) -> str:
    words = [series.point, series.pipeline, series.aggregate]
    return " ".join(filter(None, words))


def _unit(series: Series) -> str:
    return "" if series.unit == "1" else series.unit


def quality_words(code: int) -> str:
    """A quality's name: ``good``, ``out of range, late``."""
    try:
        words = Quality(code & ~Quality.LATE).name.lower().replace("_", " ")
    except ValueError:
        words = f"quality {code}"
    return f"{words}, late" if code & Quality.LATE else words


def _show_stops(report: VerifyReport, series: Mapping[int, Series], screen: Screen) -> None:
    stopped: dict[Stop, list[str]] = {}
    for verdict in report.verdicts:
        if verdict.stop is not None:
            one = series[verdict.series]
            stopped.setdefault(verdict.stop, []).append(f"{one.device} {_name(one)}")
    if not stopped:
        return
    screen.line()
    screen.line("Where it stops:")
    for stop, names in stopped.items():
        screen.line("  ", (Style.BAD, f"{stop.hop.value} {stop.address}"), f": {_cause_words(stop)}")
        screen.line("    ", (Style.FAINT, f"{len(names):,} series: {listed(names)}"))


def _cause_words(stop: Stop) -> str:
    words = {
        Cause.UNREACHABLE: "it does not answer",
        Cause.NOT_CONNECTED: "it is not connected to the broker",
        Cause.LOGGED_ERROR: "its collector says",
        Cause.BACKLOG: "messages wait that it has not taken",
        Cause.NOTHING_COMES: "it answers nothing, or gives no value, and no error is told",
    }[stop.cause]
    return f"{words}: {stop.evidence}" if stop.evidence else words


def _show_surroundings(report: VerifyReport, screen: Screen) -> None:
    if report.database:
        screen.line((Style.BAD, "The database could not be asked"), f": {report.database}")
    if report.broker:
        screen.line((Style.BAD, "The broker could not be asked"), f": {report.broker}")
    if report.backlog:
        screen.line(f"{count(report.backlog, 'message')} wait for the writer.")
    if report.strays:
        screen.line((Style.DOUBTFUL, f"{count(report.strays, 'value')} came that no series is known for."))
    for job in report.jobs:
        if job.failure:
            screen.line((Style.BAD, f"The job {job.name} failed"), f" {age(job.age_s)} ago: {job.failure}")


def _summary(report: VerifyReport) -> list[Part]:
    total = len(report.verdicts)
    if not total:
        return ["There is nothing to verify: no series is applied."]
    parts: list[Part] = [(Style.GOOD if report.ok else Style.STRONG, f"{total:,} series"), ": "]
    for index, (flow, number) in enumerate(_flows(report).items()):
        parts += [", " if index else "", (STYLES[Flow(flow)], f"{number:,} {flow}")]
    return parts


def _flows(report: VerifyReport) -> dict[str, int]:
    numbers = Counter(verdict.flow for verdict in report.verdicts)
    return {flow.value: numbers[flow] for flow in Flow if numbers[flow]}


def _fields(verdict: Verdict, series: Series) -> dict[str, Field]:
    fields: dict[str, Field] = {
        "series": verdict.series,
        "address": verdict.address,
        "site": series.site,
        "device": series.device,
        "point": series.point,
        "pipeline": series.pipeline,
        "aggregate": series.aggregate,
        "flow": verdict.flow.value,
        "ok": verdict.ok,
        "unit": series.unit,
    }
    newest, stop = verdict.newest, verdict.stop
    if newest is not None:
        fields |= {
            "value": newest.text,
            "quality": newest.quality,
            "quality_words": quality_words(newest.quality),
            "age_s": newest.age_s,
            "time": newest.time.isoformat(),
        }
    if stop is not None:
        fields["stop"] = {
            "hop": stop.hop.value,
            "address": stop.address,
            "cause": stop.cause.value,
            "evidence": stop.evidence,
        }
    return fields

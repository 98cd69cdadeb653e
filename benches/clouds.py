"""Cloud stacks under the real engine: aiotctl against a bare script of Pulumi's Automation API on the same
emitted project, each in a process of its own, interpreter included.

The cloud is the test provider of AWS. A plan counts only if it saw what it should: nothing to change, in so
many resources. Whether the engine was started is told by the engine on the PATH, which leaves a trace when it
is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path

from aiotctl.toolbox.locate import locate
from benches.measure import Ran, Row, run, shown
from benches.stacks import lab, side_by_side
from benches.stacks.by_hand import by_hand, on_path, traced_engine
from benches.stacks.project import ENVIRONMENT, STACK, CloudProject
from stacks.lab.machines.image import image
from stacks.lab.machines.space import missing
from tests.stacks.provider.control import Orders
from tests.stacks.provider.install import install

LEAST_RESOURCES = 30
TIMES = 3
WAIT_S = 2.0
"""So long every creation in the waiting cloud takes."""


def rows(folder: Path, full: bool) -> Iterator[Row]:
    """Measures where there is an engine; `make programs` brings it."""
    engine = locate("pulumi")
    if engine is None:
        print("  clouds are not measured: pulumi is not there; make programs obtains it", file=sys.stderr)
        return
    yield from _plans(folder, engine.path, TIMES + 2 * full)
    yield _parallel(folder)
    if not full:
        return
    if reason := missing():
        print(f"  lab_apply_overhead is not measured: {reason}", file=sys.stderr)
        return
    image()  # a first lab makes it too
    ours, hand = lab.applied(folder / "lab", engine.path)
    yield Row("lab_apply_s", "apply of a new lab environment: hub and gateway, s", ours.seconds)
    what = "the same / each stack by a bare script, then ansible-playbook"
    yield Row("lab_apply_overhead", what, ours.seconds / hand.seconds, at_most=1.1)


def _plans(folder: Path, engine: Path, times: int) -> Iterator[Row]:
    trace = traced_engine(engine, folder / "engine")
    around = on_path(folder / "engine")
    around = {**around, **install(folder / "clouds", around["PATH"])}
    project = CloudProject(folder / "project", around)
    shown("aiotctl makes the stack", project.apply())
    peer = by_hand(project.folder, ENVIRONMENT, STACK, folder / "by-hand", around)
    planned: list[Ran] = []
    previewed: list[Ran] = []
    resources = 0
    for _ in range(times):
        trace.unlink()
        planned.append(shown("plan --refresh", project.plan("--refresh")))
        if not trace.exists():
            raise RuntimeError("a plan --refresh did not ask the engine")
        ran, seen = peer.look()
        previewed.append(shown("bare preview that refreshes", ran))
        resources = _all_same(seen)
    quiet = min(_quiet(project, trace).seconds for _ in range(times))
    took, processor = (
        min(map(of, planned)) / min(map(of, previewed))
        for of in (attrgetter("seconds"), attrgetter("processor"))
    )
    what = f"plan --refresh, {resources} unchanged resources / a bare script's preview that refreshes"
    yield Row("cloud_plan_overhead", what, took, at_most=1.25)
    yield Row("cloud_plan_cpu", "the same in seconds of processor", processor)
    yield Row("cloud_noop_plan_s", "the same without --refresh, no engine started, s", quiet, at_most=1.0)


def _all_same(seen: Mapping[str, int]) -> int:
    """How many resources a preview saw. Raises RuntimeError where it would change one, or saw too few."""
    if set(seen) != {"same"} or seen["same"] < LEAST_RESOURCES:
        raise RuntimeError(f"a preview of an unchanged stack of {LEAST_RESOURCES} resources saw {seen}")
    return seen["same"]


def _quiet(project: CloudProject, trace: Path) -> Ran:
    """A plan without a change. Raises RuntimeError where it starts the engine."""
    trace.unlink(missing_ok=True)
    ran = shown("plan", project.plan())
    if trace.exists():
        raise RuntimeError(f"a plan without a change started the engine: {trace.read_text()}")
    return ran


def _parallel(folder: Path) -> Row:
    # Together first: the provider reads the SDK's types only once.
    together, apart = (_made(folder / how, how).seconds for how in ("together", "apart"))
    what = f"two stacks in one batch / one after the other, each creation takes {WAIT_S:g} s"
    return Row("cloud_parallel", what, together / apart, at_most=0.65)


def _made(folder: Path, how: str) -> Ran:
    folder.mkdir()
    clouds = folder / "clouds"
    around = on_path(folder)
    around = {**around, **install(clouds, around["PATH"])}
    Orders(clouds).give({"on": "create", "wait": WAIT_S})
    ran = run([sys.executable, "-m", side_by_side.__name__, str(folder), how], environment=around)
    return shown(f"two stacks {how}", ran)

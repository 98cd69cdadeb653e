"""How a case of ``cases/`` is shown: its ``view`` names a function here, the rest is what it shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiotctl.diagnostics import Diagnostic
from aiotctl.model import events
from aiotctl.model.access import BrokerRow, CertificateState, Credential, Handed, RightsTable
from aiotctl.model.codec import decode
from aiotctl.model.plan import Plan
from aiotctl.model.primitives import Flow as Connection
from aiotctl.model.primitives import Series
from aiotctl.model.quality import Quality
from aiotctl.model.reading import Alternative, Judged, Reading
from aiotctl.model.status import Status
from aiotctl.model.verification import (
    Cause,
    Dropped,
    Flow,
    Hop,
    Job,
    Newest,
    Stop,
    Verdict,
    VerifyReport,
)
from aiotctl.views.access import show_credentials, show_issued, show_revoked, show_rights
from aiotctl.views.apply import telling
from aiotctl.views.apply_end import Commands, show_end
from aiotctl.views.diagnostics import show_diagnostics, summary
from aiotctl.views.flows import show_flows
from aiotctl.views.output import Output
from aiotctl.views.plan import Wish, show_plan
from aiotctl.views.read import show_reading
from aiotctl.views.status import show_status
from aiotctl.views.verify import show_report


def _plan(case: dict[str, Any], output: Output) -> None:
    wish = Wish(files=case.get("files", False), proceed="aiotctl apply --env laptop")
    show_plan(decode(Plan, case["plan"]), output, wish)


def _diagnostics(case: dict[str, Any], output: Output) -> None:
    found = [decode(Diagnostic, tree) for tree in case["diagnostics"]]
    files = {name: text.split("\n") for name, text in case.get("files", {}).items()}
    show_diagnostics(found, output, lambda name: files.get(name, []))
    if output.screen is not None:
        output.screen.line(summary(found))


def _apply(case: dict[str, Any], output: Output) -> None:
    commands = Commands(
        "aiotctl apply --env laptop",
        lambda units: " ".join(["aiotctl apply --env laptop", *(f"--target {unit}" for unit in units)]),
    )
    with telling(output, "apply", lambda: False) as (tell, outcome):
        told = [
            decode(getattr(events, kind), fields)
            for event in case["events"]
            for kind, fields in event.items()
        ]
        for event in told:
            tell(event)
    finished = told[-1]
    assert isinstance(finished, events.Finished)
    if output.screen is not None:
        show_end(finished, outcome, output.screen, "Applied", commands)


def _verify(case: dict[str, Any], output: Output) -> None:
    tree = case["report"]
    report = VerifyReport(
        verdicts=tuple(_verdict(one) for one in tree["verdicts"]),
        database=tree.get("database", ""),
        broker=tree.get("broker", ""),
        backlog=tree.get("backlog", 0),
        strays=tree.get("strays", 0),
        jobs=tuple(Job(**one) for one in tree.get("jobs", [])),
        dropped=tuple(Dropped(**one) for one in tree.get("dropped", [])),
    )
    show_report(report, [decode(Series, one) for one in case["series"]], output)


def _verdict(tree: dict[str, Any]) -> Verdict:
    newest, stop = tree["newest"], tree["stop"]
    return Verdict(
        tree["series"],
        tree["address"],
        Flow(tree["flow"]),
        Newest(datetime.fromisoformat(newest["time"]), newest["age_s"], newest["text"], newest["quality"])
        if newest
        else None,
        Stop(Hop(stop["hop"]), stop["address"], Cause(stop["cause"]), stop["evidence"]) if stop else None,
    )


def _read(case: dict[str, Any], output: Output) -> None:
    for tree in case["readings"]:
        judged = Judged(tree["value"], Quality(tree.get("quality", 0)), tree.get("why", ""))
        alternatives = tuple(Alternative(**one) for one in tree.get("alternatives", []))
        reading = Reading(
            tree["address"],
            tree["endpoint"],
            tree["source"],
            bytes.fromhex(tree["raw"]),
            judged,
            tree["unit"],
            tree.get("name", ""),
            alternatives,
            tuple(tree.get("facts", {}).items()),
        )
        show_reading(reading, case["raw"], output)


def _status(case: dict[str, Any], output: Output) -> None:
    show_status(decode(Status, case["status"]), output)


def _rights(case: dict[str, Any], output: Output) -> None:
    brokers = [decode(BrokerRow, one) for one in case["brokers"]]
    show_rights(decode(RightsTable, case["table"]), brokers, output)


def _credentials(case: dict[str, Any], output: Output) -> None:
    people = [decode(Credential, one) for one in case["people"]]
    show_credentials(people, [decode(CertificateState, one) for one in case["certificates"]], output)


def _issued(case: dict[str, Any], output: Output) -> None:
    show_issued(decode(Handed, case["handed"]), output, case["effective"], case["show"])


def _revoked(case: dict[str, Any], output: Output) -> None:
    others = [decode(Credential, one) for one in case["others"]]
    show_revoked(decode(Credential, case["gone"]), others, output, case["effective"])


def _flows(case: dict[str, Any], output: Output) -> None:
    show_flows([decode(Connection, one) for one in case["flows"]], case["environment"], output)


VIEWS: dict[str, Callable[[dict[str, Any], Output], None]] = {
    "flows": _flows,
    "plan": _plan,
    "diagnostics": _diagnostics,
    "apply": _apply,
    "verify": _verify,
    "read": _read,
    "status": _status,
    "rights": _rights,
    "credentials": _credentials,
    "issued": _issued,
    "revoked": _revoked,
}

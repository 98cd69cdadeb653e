"""What the services say. Message of the stream: ``log_line`` (service, line)."""

from __future__ import annotations

from aiotctl.views.output import Output
from aiotctl.views.text import Style


def show_line(service: str, line: str, output: Output, named: bool) -> None:
    """One line; ``named`` with its service in front, where lines of several are mixed."""
    if output.stream is not None:
        output.stream.write("log_line", service=service, line=line)
    if output.screen is not None:
        if named:
            output.screen.line(
                (Style.PLACE, service.replace("/service/", " ").removeprefix("host/")),
                " | ",
                line.expandtabs(4),
            )
        else:
            output.screen.line(line.expandtabs(4))
        output.screen.flush()

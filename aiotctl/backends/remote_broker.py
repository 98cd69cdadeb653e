"""What a Mosquitto on a machine of its own has to say: whether it runs, who is connected, what it refused."""

from __future__ import annotations

from collections.abc import Sequence

from aiotctl.backends.ssh import run
from aiotctl.backends.ssh_findings import finding
from aiotctl.backends.ssh_talk import Command
from aiotctl.backends.ssh_troubles import Failed, plain
from aiotctl.model.blueprint import HostPlace

_WITHIN_S = 30.0
_LINES = 50_000
"""So many comings and refusals are read at most; the newest ones."""

# Mosquitto tells nobody who is connected. Who came stands in its journal, with the address and port that a
# connection came from; which of these connections there still are, the kernel knows.
_LOOK = f"""
unit=$1; shift
systemctl is-active --quiet "$unit" || {{ echo "$unit is $(systemctl is-active "$unit")" >&2; exit 1; }}
for port; do
  ss --no-header --numeric --tcp state established "( sport = :$port )" || exit 1
done
echo
run=$(systemctl show --property=InvocationID --value "$unit")
journalctl --quiet --no-pager --output=cat --lines={_LINES} --grep='New client connected|not authorised' \\
  _SYSTEMD_INVOCATION_ID="$run" || true
"""


def broker_words(place: HostPlace, service: str, ports: Sequence[int], password: str = "") -> str:
    """Its open connections as `ss` lists them, an empty line, and its journal's lines of who came and who was
    not authorised, oldest first, since it was started. Raises OSError where it does not run, or the machine
    cannot be asked.
    """
    words = ("sh", "-c", _LOOK, "sh", f"aiotctl-{service}.service", *map(str, ports))
    answer = run([Command(place, words, as_root=True, password=password)], _WITHIN_S)[0]
    if isinstance(answer, Failed):
        raise OSError(f"{finding(place, answer).summary}: {answer.detail}")
    if answer.code:
        said = answer.err.strip().splitlines()
        raise OSError(plain(said[-1]) if said else f"host/{place.name} does not tell")
    return answer.out.decode(errors="replace")

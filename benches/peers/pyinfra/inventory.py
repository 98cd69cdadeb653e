"""The gateways, each a folder of this machine."""

import json
from pathlib import Path

_hosts = json.loads((Path(__file__).parent / "hosts.json").read_text())

gateways = [(f"@folder/{name}", data) for name, data in _hosts.items()]

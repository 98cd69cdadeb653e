"""Reads a fleet's table into sites: tens of thousands of rows, so that what repeats is looked at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from aiotctl.findings import Path, listed, nearest
from aiotctl.model.blueprint import Device, DeviceSettings, Gateway, Site
from aiotctl.pipeline.language import kinds, schema, schema_parts, shape
from aiotctl.pipeline.language.reference import CLASH, EGRESS, TIMEZONE, UNKNOWN_REFERENCE
from aiotctl.pipeline.language.scalars import plain
from aiotctl.pipeline.language.sites import DeviceReader, is_timezone, network
from aiotctl.pipeline.language.table import COLUMNS, Table
from aiotctl.pipeline.language.wording import FORMS
from aiotctl.quantities import rate_bps

ABOUT = ("timezone", "uplink", "egress")
"""Columns that tell of a row's site."""

UNTOLD = ("", "", "")
_NAME = re.compile(schema_parts.NAME_PATTERN.removesuffix("$"))


class FleetReader:
    """Turns rows into sites. ``sites`` are those written as YAML, to which rows may add."""

    def __init__(self, table: Table, sites: Mapping[str, Site], reader: DeviceReader) -> None:
        self.table, self.sites, self.reader, self.ledger = table, sites, reader, reader.ledger
        self.names: set[str] = set()
        self.devices: dict[str, dict[str, Device]] = {}
        self.gateways: dict[str, dict[str, None]] = {}
        self.about: dict[str, tuple[str, str, str]] = {}
        header = table.header
        self.extra = [(name, header.index(name)) for name in header if name not in COLUMNS]
        self.settings: dict[Any, DeviceSettings | None] = {}

    def read(self) -> dict[str, Site]:
        """The sites of all rows, those with YAML of their own completed."""
        self._columns()
        self._rows()
        return {site: self._site(site) for site in self.devices}

    def _columns(self) -> None:
        known = [*COLUMNS, *(key for key in schema.device_keys() if key not in COLUMNS)]
        for name, _ in self.extra:
            if name.partition(".")[0] not in known:
                detail = f"No device has a key `{name}`."
                self.ledger.add(
                    kinds.CSV.at(("fleet", -1, name), detail, f"Known columns: {', '.join(known)}.")
                )
        self.extra = [(name, column) for name, column in self.extra if name.partition(".")[0] in known]

    def _rows(self) -> None:
        header, width = self.table.header, len(self.table.header)
        core = itemgetter(*(header.index(name) for name in ("site", "gateway", "device", "type")))
        endpoint_column = header.index("endpoint") if "endpoint" in header else -1
        extra = itemgetter(*(column for _, column in self.extra)) if self.extra else None
        told = [header.index(name) if name in header else -1 for name in ABOUT]
        names, devices, gateways = self.names, self.devices, self.gateways
        types, settings, reader = self.reader.types, self.settings, self.reader
        for number, row in enumerate(self.table.rows):
            if len(row) != width:
                self._width(number, row)
                continue
            site, gateway, name, kind_name = core(row)
            if not (site in names and gateway in names and name in names) and not self._named(
                number, site, gateway, name
            ):
                continue
            of_site = devices.get(site)
            if of_site is None:
                of_site = devices[site] = {}
                gateways[site] = {}
            if max(told) >= 0:
                self._about(number, site, row, told)
            gateways[site][gateway] = None
            if name in of_site:
                self._twice(number, site, name)
                continue
            kind = types.get(kind_name)
            if kind is None:
                reader.unknown_type(kind_name, ("fleet", number))
                continue
            written = row[endpoint_column] if endpoint_column >= 0 else ""
            endpoint = reader.endpoint(kind, written, ("fleet", number))
            memo = (kind_name, extra(row)) if extra else kind_name
            if memo in settings:
                own = settings[memo]
            else:
                own = settings[memo] = self._settings(number, kind_name, row)
            of_site[name] = Device(site, name, kind_name, gateway, endpoint, own)

    def _width(self, number: int, row: list[str]) -> None:
        detail = f"The row has {len(row)} cells and the header {len(self.table.header)}."
        self.ledger.add(
            kinds.CSV.at(
                ("fleet", number), detail, "Write one cell for each column; quote those with commas."
            )
        )

    def _named(self, number: int, *names: str) -> bool:
        sound = True
        for column, name in zip(("site", "gateway", "device"), names, strict=True):
            if _NAME.fullmatch(name):
                self.names.add(name)
                continue
            sound = False
            what, how = FORMS[schema_parts.NAME_PATTERN]
            detail = f"{name!r} is not {what}." if name else f"The {column} has no name."
            self.ledger.add(kinds.BAD_NAME.at(("fleet", number, column), detail, how))
        return sound

    def _about(self, number: int, site: str, row: list[str], told: list[int]) -> None:
        """Time zone, uplink and egress of a site: the same in all of its rows, or only in some."""
        known = list(self.about.get(site, UNTOLD))
        for place, column in enumerate(told):
            value = row[column] if column >= 0 else ""
            if value and known[place] and value != known[place]:
                what = ABOUT[place]
                detail = f"An earlier row of the site says `{known[place]}`."
                self.ledger.add(
                    CLASH.at(("fleet", number, what), detail, "Say it once, or the same in every row.")
                )
            elif value and not known[place]:
                known[place] = value
                self._sound_about(number, place, value)
        self.about[site] = (known[0], known[1], known[2])

    def _sound_about(self, number: int, place: int, value: str) -> None:
        if place == 0 and not is_timezone(value):
            detail = f"`{value}` is no time zone of the IANA database."
            self.ledger.add(
                TIMEZONE.at(("fleet", number, "timezone"), detail, "Write for example `Europe/Berlin`.")
            )
        if place == 1 and rate_bps(value) is None:
            what, how = FORMS[schema.RATE_PATTERN]
            self.ledger.add(kinds.BAD_VALUE.at(("fleet", number, "uplink"), f"{value!r} is not {what}.", how))

        if place == 2:
            for one in value.split():
                if network(one) is None:
                    detail = f"`{one}` is no network."
                    remedy = "Write networks with a space between them: `203.0.113.0/28 2001:db8::/56`."
                    self.ledger.add(EGRESS.at(("fleet", number, "egress"), detail, remedy))

    def _twice(self, number: int, site: str, name: str) -> None:
        detail = f"The site `{site}` has a device `{name}` in an earlier row."
        self.ledger.add(CLASH.at(("fleet", number, "device"), detail, "Rename one of them."))

    def _settings(self, number: int, kind_name: str, row: list[str]) -> DeviceSettings | None:
        path: Path = ("fleet", number)
        data = self.extras(row)
        findings = list(shape.misfits({"type": kind_name, **data}, "device", path))
        for finding in findings:
            self.ledger.add(finding)
        return None if findings else self.reader.settings_of(self.reader.types[kind_name], data, path)

    def extras(self, row: list[str]) -> dict[str, Any]:
        """A row's protocol keys as the YAML would have them: ``security.policy`` is a key of a mapping."""
        data: dict[str, Any] = {}
        for name, column in self.extra:
            if row[column] != "":
                into = data
                *above, last = name.split(".")
                for step in above:
                    into = into.setdefault(step, {})
                into[last] = plain(row[column])
        return data

    def _site(self, name: str) -> Site:
        timezone, uplink, networks = self.about.get(name, UNTOLD)
        egress = tuple(dict.fromkeys(filter(None, map(network, networks.split()))))
        gateways, devices = self.gateways[name], self.devices[name]
        written = self.sites.get(name)
        if written is None:
            made = tuple(Gateway(name, gateway) for gateway in gateways)
            bps = rate_bps(uplink) if uplink else None
            return Site(name, timezone or "UTC", bps, made, tuple(devices.values()), egress)
        for device in written.devices:
            if device.name in devices:
                detail = f"`{device.name}` is in the fleet's table as well."
                self.ledger.add(
                    CLASH.at(
                        ("sites", name, "devices", device.name), detail, "Remove one of them.", on_key=True
                    )
                )
        known = {gateway.name for gateway in written.gateways}
        for device in devices.values() if known else ():
            if device.gateway not in known:
                path: Path = ("fleet", self.table.row_of(name, device.name) or 0, "gateway")
                detail = f"The site `{name}` declares its gateways, and `{device.gateway}` is none of them."
                remedy = f"Write one of {listed(known)}, or declare it too.{nearest(device.gateway, known)}"
                self.ledger.add(UNKNOWN_REFERENCE.at(path, detail, remedy))
        added = tuple(Gateway(name, gateway) for gateway in gateways if gateway not in known)
        return Site(
            name,
            timezone or written.timezone,
            rate_bps(uplink) if uplink else written.uplink_bps,
            (*written.gateways, *added),
            (*written.devices, *devices.values()),
            egress or written.egress,
        )


def site_as_written(table: Table, name: str) -> dict[str, Any]:
    """A site of the table as the YAML would have it, for an overlay to be merged into."""
    header = table.header
    column = {key: header.index(key) for key in COLUMNS if key in header}
    site: dict[str, Any] = {"gateways": {}, "devices": {}}
    for row in table.rows:
        if len(row) != len(header) or row[column["site"]] != name:
            continue
        for key in ("timezone", "uplink"):
            if key in column and row[column[key]]:
                site[key] = row[column[key]]
        if "egress" in column and row[column["egress"]]:
            site["egress"] = row[column["egress"]].split()
        site["gateways"][row[column["gateway"]]] = {}
        device: dict[str, Any] = {"type": row[column["type"]], "gateway": row[column["gateway"]]}
        if "endpoint" in column and row[column["endpoint"]]:
            device["endpoint"] = row[column["endpoint"]]
        for key in header:
            if key not in COLUMNS and row[header.index(key)] != "":
                into = device
                *above, last = key.split(".")
                for step in above:
                    into = into.setdefault(step, {})
                into[last] = plain(row[header.index(key)])
        site["devices"][row[column["device"]]] = device
    return site

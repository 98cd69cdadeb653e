"""Credentials of people, programs and devices: given as files, listed, taken back."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from aiotctl.access import authority, people
from aiotctl.catalog.brokers.edge import at_gateways, of_gateway, of_hub
from aiotctl.catalog.databases.postgres.login import DATABASE, database_service
from aiotctl.catalog.protocols.mqtt.topics import topics_of
from aiotctl.errors import Exit, failure
from aiotctl.findings import listed as listed_words
from aiotctl.findings import nearest
from aiotctl.model import names
from aiotctl.model.access import CertificateState, Credential, Handed, Kind
from aiotctl.model.blueprint import Device
from aiotctl.model.deployment import Deployment
from aiotctl.model.record import Record
from aiotctl.pipeline.lower.rights import publishes_itself, rights
from aiotctl.session.database import AUTHORITY, server
from aiotctl.session.environment import Environment
from aiotctl.stores import durable

CA, CERTIFICATE, KEY = "ca.pem", "broker.cert.pem", "broker.key.pem"
DATABASE_CA = "database-ca.pem"
"""Who signed the certificate of a cloud's own database."""


def issue(
    environment: Environment, deployment: Deployment, name: str, role: str, days: int, folder: Path
) -> Handed:
    """Gives somebody a role: a database login, and with raw values a way into the broker; as files."""
    record = _applied(environment)
    _known_role(deployment, role)
    kinds = _kinds(deployment, role)
    given = people.issue(environment.vault, people.Wish(name, role, kinds, days), int(time.time()))
    files: dict[str, str] = {CA: given.authority} if given.authority else {}
    uses: dict[str, str] = {}
    files |= _database_files(deployment, record, given, folder)
    uses["query the database"] = f"set -a; . {_path(folder, 'database.env')}; set +a; psql"
    if len(kinds) > 1:
        files |= _broker_files(deployment, record, given, folder)
        uses["hear live values"] = f"mosquitto_sub -o {_path(folder, 'broker.conf')}"
    write(folder, files)
    return Handed(given.credential, str(folder), tuple(files.items()), tuple(uses.items()))


def issue_device(
    environment: Environment, deployment: Deployment, site: str, name: str, folder: Path
) -> Handed:
    """User, password and topics of a device that publishes to a broker of the environment; as a file."""
    record = _applied(environment)
    device = _device(deployment, site, name)
    client = names.device_client(site, name)
    secret = names.broker_secret(client)
    password = environment.vault.values([secret])[secret]
    service = of_gateway(deployment, site, device.gateway)
    host, port = _place(record, service, "devices" if at_gateways(deployment) else "mqtt")
    topics = topics_of(deployment.device_types[device.type], device)
    lines = [f"host {host}", f"port {port}", f"user {client}", f"password {password}"]
    lines += [f"topic {topic}" for topic in topics]
    files = {"device.txt": "\n".join(lines) + "\n"}
    write(folder, files)
    credential = Credential(client, "device", (Kind.DEVICE,), int(time.time()), 0)
    uses = (("publish to", f"{host}:{port}"), *(("topic", topic) for topic in topics))
    return Handed(credential, str(folder), tuple(files.items()), uses)


def revoke(environment: Environment, name: str) -> tuple[Credential, Sequence[Credential]]:
    """Takes back what a person, program, device, host or service has. Returns it, and who shared a password
    with it. It is effective with the next apply.
    """
    now = int(time.time())
    found = people.revoke(environment.vault, name, now)
    if found is not None:
        return found
    gone = authority.revoke(environment.vault, [name], now)
    if gone:
        return Credential(name, "", (Kind.CERTIFICATE,), gone[-1].since, gone[-1].ends, now), ()
    secret = names.broker_secret(name)
    if name.startswith("device.") and environment.vault.kept(secret):
        environment.vault.change(lambda _: {secret: None})
        return Credential(name, "device", (Kind.DEVICE,), 0, 0, now), ()
    raise _nobody(environment, name)


def credentials(environment: Environment) -> tuple[Credential, ...]:
    """What people and programs were given."""
    return people.listed(environment.vault)


def certificates(environment: Environment) -> tuple[CertificateState, ...]:
    """The newest certificate of each host and service."""
    newest = {one.name: one for one in authority.issued(environment.vault) if not one.role}
    return tuple(CertificateState(one.name, one.since, one.ends, one.revoked) for one in newest.values())


def write(folder: Path, files: dict[str, str]) -> None:
    """Writes files that only their owner may read, and that git leaves out."""
    durable.make_folder(folder)
    for name, content in {".gitignore": "*\n", **files}.items():
        durable.write(folder / name, content.encode())


def _applied(environment: Environment) -> Record:
    record = environment.record()
    if record is None or not record.units:
        raise failure(
            "not-applied",
            "Nothing has been applied to this environment",
            "Where its database and brokers answer is not known yet.",
            "Apply it first: aiotctl apply",
        )
    return record


def _known_role(deployment: Deployment, role: str) -> None:
    if role not in deployment.access:
        known = listed_words(deployment.access) if deployment.access else "none"
        raise failure(
            "unknown-role",
            "There is no such role",
            f"The blueprint's `access` has no role {role!r}.{nearest(role, deployment.access)}",
            f"It has: {known}.",
            Exit.USAGE,
        )


def _kinds(deployment: Deployment, role: str) -> tuple[Kind, ...]:
    """A login; and for who may read raw values a way into the broker, by the means that the broker knows."""
    if names.RAW not in deployment.access[role].read:
        return (Kind.DATABASE,)
    local = deployment.environment.local
    return (Kind.DATABASE, Kind.BROKER_PASSWORD if local else Kind.CERTIFICATE)


def _database_files(
    deployment: Deployment, record: Record, given: people.Given, folder: Path
) -> dict[str, str]:
    """The login as environment variables of libpq and as a URL."""
    service = database_service(deployment)
    host, port = _known(server(record.outputs, service), service)
    managed = {DATABASE_CA: record.outputs[AUTHORITY]} if service == names.STACK else {}
    authority = str(folder / (DATABASE_CA if managed else CA))
    tls = {} if deployment.environment.local else {"sslmode": "verify-full", "sslrootcert": authority}
    variables = {
        "PGHOST": host,
        "PGPORT": port,
        "PGDATABASE": DATABASE,
        "PGUSER": given.login,
        "PGPASSWORD": given.password,
        **{f"PG{key.upper()}": value for key, value in tls.items()},
    }
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in tls.items())
    user, password = quote(given.login, safe=""), quote(given.password, safe="")
    url = f"postgresql://{user}:{password}@{_bracketed(host)}:{port}/{DATABASE}{'?' if query else ''}{query}"
    lines = [f"{key}={shlex.quote(value)}\n" for key, value in variables.items()]
    return {"database.env": "".join(lines), "database.url": url + "\n", **managed}


def _broker_files(
    deployment: Deployment, record: Record, given: people.Given, folder: Path
) -> dict[str, str]:
    """Certificate and key, and an options file of Mosquitto's own clients."""
    host, port = _place(record, of_hub(deployment), "mqtt")
    role = names.access_role(given.credential.role)
    heard = next(right.subscribe for right in rights(deployment) if right.client == role)
    options = [f"-h {host}", f"-p {port}", "-q 1", *(f"-t {topic}" for topic in heard)]
    if given.certificate is None:
        options += [f"-u {role}", f"-P {given.broker_password}"]
        return {"broker.conf": "\n".join(options) + "\n"}
    files = {"--cafile": CA, "--cert": CERTIFICATE, "--key": KEY}
    options += [f"{option} {folder / name}" for option, name in files.items()]
    return {
        "broker.conf": "\n".join(options) + "\n",
        CERTIFICATE: given.certificate.certificate,
        KEY: given.certificate.key,
    }


def _place(record: Record, service: str, port: str) -> tuple[str, str]:
    host, number = (record.outputs.get(f"{service}#{port}.{part}", "") for part in ("host", "port"))
    return _known((host, number), service)


def _known(place: tuple[str, str], service: str) -> tuple[str, str]:
    if not place[1]:
        raise failure(
            "address-unknown",
            "Where it answers is not known yet",
            f"{service} has not been applied.",
            "Apply the whole environment first: aiotctl apply",
        )
    return place


def _device(deployment: Deployment, site: str, name: str) -> Device:
    known = deployment.sites[site].devices if site in deployment.sites else ()
    publishing = {one.name: one for one in known if publishes_itself(deployment, one)}
    if name not in publishing:
        raise failure(
            "no-such-device",
            "There is no such device with a password",
            f"`{site}/{name}` is no device of this environment that publishes to its broker."
            f"{nearest(name, publishing)}",
            f"At `{site}` there are {listed_words(publishing)}: MQTT devices without an `endpoint`.",
            Exit.USAGE,
        )
    return publishing[name]


def _nobody(environment: Environment, name: str) -> Exception:
    known = [one.name for one in people.listed(environment.vault) if not one.revoked]
    known += [one.name for one in authority.issued(environment.vault) if not one.revoked and not one.role]
    return failure(
        "nobody",
        "Nobody of that name has anything to take back",
        f"{name!r} has neither a login nor a certificate that holds.{nearest(name, known)}",
        "See who has what: aiotctl access list",
        Exit.USAGE,
    )


def _path(folder: Path, name: str) -> str:
    return shlex.quote(str(folder / name))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

"""In the database: who logs in as whom, and what each role can do beyond its row of the access table."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from aiotctl.catalog.databases.postgres.login import CERTIFICATES
from aiotctl.model.names import database_secret
from tests.hosts.attempts.attempt import Attempt, Trial, Work
from tests.hosts.attempts.certificates import GW, Shown, own
from tests.hosts.attempts.stage import DAY, Stage
from tests.hosts.attempts.visitor import ANSWER_S

PORT = 5432
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
IN = "logged in as"
DENIED = "permission denied|must be (owner|superuser)"
Login = Callable[[Stage], Mapping[str, Any]]


def program(role: str, shown: Shown | None = None) -> Login:
    """One of the platform's programs, which shows its certificate, or another one."""

    def login(stage: Stage) -> Mapping[str, Any]:
        cert, key = stage.files((shown or own(CERTIFICATES[role]))(stage))
        return {"user": role, "sslcert": cert, "sslkey": key}

    return login


def password(role: str, text: str = "", **changes: str) -> Login:
    """A role that comes with its password, or with another text."""
    return lambda stage: {"user": role, "password": text or stage.secret(database_secret(role)), **changes}


def person(name: str, **changes: str) -> Login:
    """A person with what was issued."""
    return lambda stage: {**conninfo_to_dict(stage.url(name)), **changes}


def revoked(name: str) -> Login:
    """A person with what was issued and taken back."""
    return lambda stage: conninfo_to_dict(stage.logins[name])


def does(login: Login, statement: str = "SELECT 1") -> Work:
    """Runs a statement on the hub, where people come by SSH, and takes it back; tells what came of it."""

    def work(stage: Stage) -> str:
        given = {"host": "127.0.0.1", "port": PORT, "dbname": "aiot", "sslmode": "verify-full"}
        given |= {
            "sslrootcert": stage.file(stage.authority),
            "sslcert": "",
            "sslkey": "",
            "connect_timeout": 10,
        }
        words = {**given, **login(stage)}
        return stage.inside("hub-1", lambda: _done(words, statement))

    return work


def _done(words: Mapping[str, Any], statement: str) -> str:
    with psycopg.connect(**words) as connection, connection.transaction(force_rollback=True):
        answer = connection.execute(statement.encode())
        row = answer.fetchone() if answer.description else None
        who = connection.execute("SELECT current_user").fetchone()
        return f"{IN} {who and who[0]}: {row[0] if row else answer.statusmessage}"


def shakes(newest: ssl.TLSVersion) -> Work:
    """Begins TLS of a version as a client of the database does."""

    def work(stage: Stage) -> str:
        def shake() -> str:
            with socket.create_connection(("127.0.0.1", PORT), ANSWER_S) as line:
                line.sendall(_SSL_REQUEST)
                assert line.recv(1) == b"S"
                with stage.tls(None, newest).wrap_socket(line, server_hostname="127.0.0.1") as secured:
                    return f"speaks {secured.version()}"

        return stage.inside("hub-1", shake)

    return work


def beyond(
    name: str, who: str, login: Login, words: str, statement: str, right: Trial, says: str = DENIED
) -> Attempt:
    """An attempt to do more than the role may."""
    return Attempt(
        name=name, who=who, wrong=Trial(words, does(login, statement), says), guard=RIGHTS, right=right
    )


def entry(name: str, who: str, words: str, login: Login, says: str, right: Trial, guard: str) -> Attempt:
    """An attempt to log in."""
    return Attempt(name=name, who=who, wrong=Trial(words, does(login), says), guard=guard, right=right)


RULES, RIGHTS, TLS = "access rules of the database", "rights in the database", "TLS of the database"
VALUE = "INSERT INTO aiot.value (series, time, f, quality) VALUES (1, now(), 1, 0)"
COPIED = "INSERT INTO aiot.ingest (time, s, f, q) VALUES (now() - interval '1 hour', '1', 1.5, 0)"
SITES = "SELECT string_agg(DISTINCT site, ' ' ORDER BY site) FROM "
FAILS_AT = (
    "SELECT count(*) FROM pipelines.press_health WHERE 1 / (CASE site WHEN 'plant-b' THEN 0 ELSE 1 END) > 0"
)

WRITER, EXPORTER, OWNER, READER = program("writer"), program("exporter"), program("owner"), password("reader")
BOB, SAM, EVE = person("bob"), person("sam"), person("eve")

WRITES = Trial("inserts values where batches go", does(WRITER, COPIED), f"{IN} writer: INSERT 0 1")
EXPORTS = Trial("reads values", does(EXPORTER, "SELECT count(*) FROM aiot.value"), f"{IN} exporter: [1-9]")
READS = Trial("reads values", does(READER, "SELECT count(*) FROM aiot.value"), f"{IN} reader: [1-9]")
OWNS = Trial("changes a table", does(OWNER, "ALTER TABLE aiot.stray ADD own int"), f"{IN} owner: ALTER TABLE")
BOB_READS = Trial(
    "reads `pipelines.press_health`",
    does(BOB, SITES + "pipelines.press_health"),
    f"{IN} person.bob: plant-a$",
)
SAM_READS = Trial("reads `devices.press`", does(SAM, SITES + "devices.press"), f"{IN} person.sam: plant-a$")
EVE_READS = Trial(
    "a data scientist reads the same of both sites",
    does(EVE, SITES + "pipelines.press_health"),
    f"{IN} person.eve: plant-a plant-b$",
)
EVE_FAILS = Trial(
    "a data scientist's query meets such a row and fails", does(EVE, FAILS_AT), "division by zero"
)
EVE_RAW = Trial(
    "a data scientist reads `devices.press` of both sites",
    does(EVE, SITES + "devices.press"),
    f"{IN} person.eve: plant-a plant-b$",
)
COMES_IN = Trial("the collector shows its own", does(WRITER), f"{IN} writer")
ADMIN_IN = Trial("`apply` gives the password of the vault", does(password("admin")), f"{IN} admin")
BOBS_OWN = Trial("gives his own over TLS", does(BOB), f"{IN} person.bob")
TODAY = Trial("speaks TLS 1.2", shakes(ssl.TLSVersion.TLSv1_2), "speaks TLSv1.2")
BOB_IS, SAM_IS, EVE_IS = "bob, operator of plant-a", "sam, engineer of plant-a", "eve, data scientist"

ATTEMPTS = (
    entry(
        "database-without-tls",
        BOB_IS,
        "gives his password without TLS",
        person("bob", sslmode="disable"),
        "no encryption",
        BOBS_OWN,
        RULES,
    ),
    *(
        Attempt(
            name=f"tls-{called}-at-the-database",
            who="a program on the hub",
            wrong=Trial(
                f"speaks TLS {called} to the database",
                shakes(version),
                "PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL",
            ),
            guard=TLS,
            right=TODAY,
        )
        for version, called in ((ssl.TLSVersion.TLSv1, "1.0"), (ssl.TLSVersion.TLSv1_1, "1.1"))
    ),
    entry(
        "gateway-as-writer",
        GW,
        "shows its certificate as the role `writer`",
        program("writer", own(GW)),
        "certificate authentication failed",
        COMES_IN,
        RULES,
    ),
    entry(
        "writer-as-owner",
        "hub-writer",
        "shows its certificate as the role `owner`",
        program("owner", own("hub-writer")),
        "certificate authentication failed",
        COMES_IN,
        RULES,
    ),
    entry(
        "person-as-writer",
        EVE_IS,
        "shows her broker certificate as the role `writer`",
        program("writer", lambda stage: stage.persons("eve")),
        "certificate authentication failed",
        COMES_IN,
        RULES,
    ),
    entry(
        "writer-by-password",
        "whoever read the vault's password of `writer`",
        "gives it without a certificate",
        password("writer"),
        "certificate",
        COMES_IN,
        RULES,
    ),
    entry(
        "expired-at-the-database",
        "hub-writer",
        "shows a certificate that ended a minute ago",
        program("writer", lambda stage: stage.signed("hub-writer", starts=-DAY, ends=-60)),
        "expired",
        COMES_IN,
        TLS,
    ),
    entry(
        "revoked-at-the-database",
        "whoever copied the collector's key before it was revoked",
        "shows its former certificate",
        program("writer", lambda stage: stage.kept["hub-writer"]),
        "revoked",
        COMES_IN,
        TLS,
    ),
    entry(
        "superuser-guessed",
        "a program on the hub",
        "logs in as `admin` with a guessed password",
        password("admin", "guessed"),
        "password authentication failed",
        ADMIN_IN,
        RULES,
    ),
    entry(
        "other-database",
        BOB_IS,
        "logs in to the database `postgres`",
        person("bob", dbname="postgres"),
        "no pg_hba.conf entry",
        BOBS_OWN,
        RULES,
    ),
    entry(
        "role-as-login",
        BOB_IS,
        "logs in as the role itself",
        person("bob", user="role.operator"),
        "authentication failed|not permitted",
        BOBS_OWN,
        RULES,
    ),
    entry(
        "revoked-login",
        "mallory, data scientist until it was revoked",
        "logs in with what was issued to her",
        revoked("mallory"),
        "authentication failed",
        Trial("another data scientist logs in", does(EVE), f"{IN} person.eve"),
        "logins of the database",
    ),
    beyond("writer-reads", "hub-writer", WRITER, "reads values", "SELECT count(*) FROM aiot.value", WRITES),
    beyond(
        "writer-past-the-trigger",
        "hub-writer",
        WRITER,
        "inserts into the table of values itself",
        VALUE,
        WRITES,
    ),
    beyond("writer-changes", "hub-writer", WRITER, "changes values", "UPDATE aiot.value SET f = 0", WRITES),
    beyond("writer-deletes", "hub-writer", WRITER, "deletes values", "DELETE FROM aiot.value", WRITES),
    beyond(
        "writer-defines", "hub-writer", WRITER, "drops the table of values", "DROP TABLE aiot.value", WRITES
    ),
    beyond("exporter-inserts", "database.exporter", EXPORTER, "inserts values", COPIED, EXPORTS),
    beyond(
        "exporter-deletes", "database.exporter", EXPORTER, "deletes values", "DELETE FROM aiot.value", EXPORTS
    ),
    beyond(
        "exporter-settings",
        "database.exporter",
        EXPORTER,
        "shortens the retention",
        "UPDATE aiot.setting SET value = '1'",
        EXPORTS,
    ),
    beyond("reader-inserts", "`verify`, as the role reader", READER, "inserts values", COPIED, READS),
    beyond(
        "reader-becomes-owner",
        "`verify`, as the role reader",
        READER,
        "becomes the owner",
        "SET ROLE owner",
        READS,
    ),
    beyond("owner-makes-roles", "database.owner", OWNER, "makes a role", "CREATE ROLE somebody", OWNS),
    beyond(
        "owner-runs-programs",
        "database.owner",
        OWNER,
        "runs a program of the host",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        OWNS,
    ),
    beyond(
        "operator-reads-raw", BOB_IS, BOB, "reads raw values", "SELECT count(*) FROM devices.press", EVE_RAW
    ),
    beyond(
        "operator-reads-tables",
        BOB_IS,
        BOB,
        "reads the table below the views",
        "SELECT count(*) FROM aiot.value",
        BOB_READS,
    ),
    beyond(
        "operator-reads-another-site",
        BOB_IS,
        BOB,
        "asks for rows of plant-b",
        "SELECT count(*) FROM pipelines.press_health WHERE site = 'plant-b'",
        EVE_READS,
        f"{IN} person.bob: 0$",
    ),
    beyond(
        "operator-looks-by-an-error",
        BOB_IS,
        BOB,
        "asks a query that fails at any row of plant-b",
        FAILS_AT,
        EVE_FAILS,
        f"{IN} person.bob: [1-9]",
    ),
    beyond(
        "operator-widens-the-scope",
        BOB_IS,
        BOB,
        "gives the role another site",
        "INSERT INTO aiot.scope VALUES ('role.operator', 'press-health', '')",
        BOB_READS,
    ),
    beyond(
        "operator-becomes-another",
        BOB_IS,
        BOB,
        "becomes a data scientist",
        'SET ROLE "role.data-scientist"',
        BOB_READS,
    ),
    beyond("operator-inserts", BOB_IS, BOB, "inserts values", COPIED, BOB_READS),
    beyond(
        "operator-makes-tables", BOB_IS, BOB, "makes a table", "CREATE TABLE public.own (i int)", BOB_READS
    ),
    beyond(
        "engineer-reads-another-site",
        SAM_IS,
        SAM,
        "asks for raw values of plant-b",
        "SELECT count(*) FROM devices.press WHERE site = 'plant-b'",
        EVE_RAW,
        f"{IN} person.sam: 0$",
    ),
    beyond(
        "engineer-reads-pipelines",
        SAM_IS,
        SAM,
        "reads a pipeline that the role does not name",
        "SELECT count(*) FROM pipelines.press_health",
        SAM_READS,
    ),
    beyond("scientist-deletes", EVE_IS, EVE, "deletes values", "DELETE FROM aiot.value", EVE_RAW),
    beyond(
        "scientist-reads-passwords",
        EVE_IS,
        EVE,
        "reads the verifiers of passwords",
        "SELECT count(*) FROM pg_authid",
        EVE_RAW,
    ),
    beyond(
        "scientist-reads-files",
        EVE_IS,
        EVE,
        "reads a file of the host",
        "SELECT pg_read_file('/etc/passwd')",
        EVE_RAW,
    ),
)

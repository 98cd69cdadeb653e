"""The kinds of findings about OPC UA points and devices."""

from __future__ import annotations

from aiotctl.findings import Kind

BAD_NODE = Kind(
    "node-id",
    "A node id that cannot be read",
    "Node ids are written as OPC UA Part 6, 5.3.1.10 says: namespace, kind of identifier (i, s, g or b) "
    "and identifier.",
)
SECURITY = Kind(
    "security-policy",
    "A security policy or mode that cannot be used",
    "The collector knows None, Basic128Rsa15, Basic256 and Basic256Sha256. With a policy that it cannot "
    "name it exits at "
    "start and takes every other device of the gateway along.",
)
CREDENTIALS = Kind(
    "credentials-incomplete",
    "Half of a pair of credentials",
    "A user needs a password and a certificate its key; one without the other is refused by the server "
    "much later, with a "
    "message that does not say why.",
)

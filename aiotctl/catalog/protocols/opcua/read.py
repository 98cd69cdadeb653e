"""What is known of an OPC UA point and device once the blueprint has been read."""

from __future__ import annotations

from dataclasses import dataclass

from aiotctl.model.blueprint import DeviceSettings, Read, TypeSettings


@dataclass(frozen=True, slots=True)
class OpcUaRead(Read):
    """One node.

    Either ``namespace_index`` or ``namespace_uri`` is set; ``identifier_type`` is ``i``, ``s``, ``g`` or
    ``b``;
    ``index`` the element of an array value; ``mode`` is ``poll`` or ``subscribe``; ``data_type`` the OPC UA
    built-in type
    name in lower case (``double``, ``int32``, ``boolean``, ``string`` ...) that the node is declared to have.
    """

    identifier_type: str
    identifier: str
    data_type: str = "double"
    namespace_index: int | None = None
    namespace_uri: str = ""
    index: int | None = None
    mode: str = "poll"

    @property
    def on_change(self) -> bool:
        """A subscription sends a constant once."""
        return self.mode == "subscribe"


@dataclass(frozen=True, slots=True)
class OpcUaType(TypeSettings):
    """``timestamp``: ``source``, ``server`` or ``gather`` is the identity in time of a value;
    ``request_nodes``: nodes that one request may name.
    """

    timestamp: str = "source"
    request_nodes: int = 100


@dataclass(frozen=True, slots=True)
class OpcUaDevice(DeviceSettings):
    """``policy`` None, Basic128Rsa15, Basic256 or Basic256Sha256; ``mode`` None, Sign or SignAndEncrypt.

    ``user`` and ``password_secret`` for user authentication; ``certificate`` and ``private_key`` are paths
    on the gateway
    (empty: made by the environment). ``login`` is ``anonymous``, ``user`` or ``certificate``: the client's
    certificate is then the user's, too.
    """

    policy: str = "None"
    mode: str = "None"
    user: str = ""
    password_secret: str = ""
    certificate: str = ""
    private_key: str = ""
    login: str = "anonymous"

    @property
    def secured(self) -> bool:
        """Whether messages are signed, or signed and encrypted."""
        return self.policy != "None" and self.mode != "None"

    @property
    def needs_identity(self) -> bool:
        """Whether the client shows a certificate: for the channel, for its user, or for both."""
        return self.secured or self.login == "certificate"

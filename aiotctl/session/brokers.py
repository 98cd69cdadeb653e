"""The brokers of machines of their own, as verify asks them: the hub's, and those of gateways."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiotctl.model import address
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.record import Record
from aiotctl.probes.flow import mosquitto
from aiotctl.probes.flow.broker import BrokerState
from aiotctl.probes.flow.sources import Between
from aiotctl.session.environment import Environment
from aiotctl.session.sudo import sudo_password

BROKER, FORWARDER = "mosquitto", "forward"
"""Services of machines of their own, by name."""


@dataclass(frozen=True, slots=True)
class Brokers:
    """``place`` tells the machine of a host, None for this one."""

    environment: Environment
    record: Record
    place: Callable[[str], HostPlace | None]

    def ask(self, broker: str) -> BrokerState | None:
        """Who is connected to a broker; None for one on this machine. Raises OSError where it does not run or
        its machine cannot be asked.
        """
        host, _, service = broker.partition("/service/")
        place = self.place(host)
        if place is None:
            return None
        from aiotctl.backends.remote_broker import broker_words

        password = sudo_password(place, self.environment.vault)
        return mosquitto.state(broker_words(place, service, self._ports(broker), password))

    def between(self, collector: str) -> Between | None:
        """What stands between a collector and the hub's broker, where its gateway has a broker of its own."""
        host = collector.partition("/service/")[0]
        found = Between(address.service(host, BROKER), address.service(host, FORWARDER))
        return found if self._ports(found.broker) and self._ports(found.forwarder) else None

    def forwarders(self, collectors: Iterable[str]) -> set[str]:
        """The forwarders behind these collectors."""
        return {found.forwarder for one in set(collectors) if (found := self.between(one))}

    def _ports(self, service: str) -> list[int]:
        """Ports that a service has as it was applied."""
        outputs = self.record.outputs
        names = ("mqtt", "devices", "health")
        return [int(outputs[key]) for name in names if (key := f"{service}#{name}.port") in outputs]

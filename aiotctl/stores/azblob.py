"""Record and vault in a container of Azure Blob Storage: ``azblob://container/prefix?storage_account=NAME``.

Written for the service's own conditional writes (entity tags); never tried against the service itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiotctl.stores.blobs.bucket import Bucket, Words
from aiotctl.stores.blobs.entry import entry_of
from aiotctl.stores.blobs.location import Location, location_of
from aiotctl.stores.blobs.session import CLIENT, retries

if TYPE_CHECKING:
    from obstore.store import AzureConfig, AzureStore, ClientConfig

OPTIONS = ("storage_account", "domain", "protocol", "localemu")
"""Parameters of the URL: those of Pulumi's backend, so that one URL serves both."""
_VARIABLES = {
    "AZURE_STORAGE_ACCOUNT": "account_name",
    "AZURE_STORAGE_KEY": "account_key",
    "AZURE_STORAGE_SAS_TOKEN": "sas_key",
}
"""What Azure's tools and Pulumi call them; obstore knows further names of its own."""


def bucket(url: str, environ: Mapping[str, str] = os.environ) -> Bucket:
    """The container at a URL. Nothing is asked of it yet."""
    location = location_of(url, OPTIONS)
    return Bucket(location, _words(location), lambda: _open(location, environ))


def _words(location: Location) -> Words:
    def blob(name: str, prefix: str = "") -> str:
        """An object's URL as that tool's options."""
        container = "container-name" if not prefix else f"{prefix}container"
        key = "name" if not prefix else f"{prefix}blob"
        return f"--{container} {location.bucket} --{key} {name.split('/', 3)[3]}"

    return Words(
        copy=lambda source, target: (
            f"az storage blob copy start {blob(source, 'source-')} {blob(target, 'destination-')}"
        ),
        remove=lambda name: f"az storage blob delete {blob(name)}",
        credentials=(
            "AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, AZURE_CLIENT_ID with "
            "AZURE_TENANT_ID and AZURE_CLIENT_SECRET, or this machine's managed identity"
        ),
        endpoint="Azure Blob Storage",
    )


def endpoint_of(location: Location, account: str, environ: Mapping[str, str] = os.environ) -> str:
    """The URL of the service where it is not in Azure's public cloud; empty where it is."""
    domain = location.options.get("domain") or environ.get("AZURE_STORAGE_DOMAIN") or ""
    if not domain:
        return ""
    protocol = location.options.get("protocol") or environ.get("AZURE_STORAGE_PROTOCOL") or "https"
    if location.flag("localemu") or domain.startswith(("127.0.0.1", "localhost")):
        return f"{protocol}://{domain}/{account}"
    return f"{protocol}://{account}.{domain}"


def _open(location: Location, environ: Mapping[str, str]) -> AzureStore:
    from obstore.store import AzureStore

    config: AzureConfig = {}
    for variable, name in _VARIABLES.items():
        if environ.get(variable):
            config[name] = environ[variable]
    if "storage_account" in location.options:
        config["account_name"] = location.options["storage_account"]
    client: ClientConfig = {**CLIENT}
    if endpoint := endpoint_of(location, config.get("account_name", ""), environ):
        config["endpoint"] = endpoint
        client["allow_http"] = endpoint.startswith("http://")
    return AzureStore(location.bucket, config=config, client_options=client, retry_config=retries())


ENTRY = entry_of(bucket)

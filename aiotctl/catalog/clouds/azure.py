"""Microsoft Azure."""

from __future__ import annotations

from aiotctl.catalog.cloud import ZONE_PATTERN, CloudEntry, options, region, services
from aiotctl.model.blueprint import Json

ZONE: dict[str, Json] = {
    "type": "string",
    "pattern": ZONE_PATTERN.replace("^(", r"^([A-Za-z0-9_().-]{1,90}/", 1),
    "default": "",
    "examples": ["names/aiot.acme.example"],
    "description": "RESOURCE_GROUP/ZONE, the DNS zone in which machines get names; without it they have "
    "addresses",
}
"""Azure finds a zone in its resource group alone."""

KEY = r"azurekeyvault://[a-z0-9.-]+/keys/[A-Za-z0-9-]+(/[0-9a-f]{32})?"
KEY_EXAMPLE = "azurekeyvault://acme-aiot.vault.azure.net/keys/aiotctl"

ENTRY = CloudEntry(
    engine="azure",
    description="Microsoft Azure: virtual machines, Flexible Server, Blob Storage, ACR and AKS",
    options=options(
        "10.61.0.0/20",
        26,  # it is divided by four, and the database's subnet has sixteen addresses at least
        region=region(r"^[a-z]{3,}[a-z0-9]*$", "germanywestcentral", "eastus2"),
        **(services(KEY, KEY_EXAMPLE) | {"zone": ZONE}),
    ),
    extra="azure",
)

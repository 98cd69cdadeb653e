"""Microsoft Azure."""

from __future__ import annotations

from aiotctl.catalog.cloud import CloudEntry, options, region, services

ENTRY = CloudEntry(
    engine="azure",
    description="Microsoft Azure: virtual machines, Flexible Server, Blob Storage, ACR and AKS",
    options=options(
        "10.61.0.0/20",
        region=region(r"^[a-z]{3,}[a-z0-9]*$", "germanywestcentral", "eastus2"),
        **services(),
    ),
    extra="azure",
)

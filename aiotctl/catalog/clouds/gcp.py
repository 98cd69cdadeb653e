"""Google Cloud."""

from __future__ import annotations

from aiotctl.catalog.cloud import CloudEntry, options, region, services

ENTRY = CloudEntry(
    engine="gcp",
    description="Google Cloud: Compute Engine, Cloud SQL, Cloud Storage, Artifact Registry and GKE",
    options=options(
        "10.62.0.0/20",
        region=region(r"^[a-z]+-[a-z]+[0-9]+$", "europe-west3", "us-central1"),
        **services(),
    ),
    extra="gcp",
)

"""Google Cloud."""

from __future__ import annotations

from aiotctl.catalog.cloud import CloudEntry, options, region, services

KEY = (
    r"gcpkms://projects/[a-z0-9.:-]+/locations/[a-z0-9-]+/keyRings/[A-Za-z0-9_-]+"
    r"/cryptoKeys/[A-Za-z0-9_-]+"
)
KEY_EXAMPLE = "gcpkms://projects/acme/locations/europe-west3/keyRings/aiot/cryptoKeys/aiotctl"

ENTRY = CloudEntry(
    engine="gcp",
    description="Google Cloud: Compute Engine, Cloud SQL, Cloud Storage, Artifact Registry and GKE",
    options=options(
        "10.62.0.0/20",
        region=region(r"^[a-z]+-[a-z]+[0-9]+$", "europe-west3", "us-central1"),
        **services(KEY, KEY_EXAMPLE),
    ),
    extra="gcp",
)

"""Amazon Web Services."""

from __future__ import annotations

from aiotctl.catalog.cloud import CloudEntry, options, region, services

KEY = r"awskms://[A-Za-z0-9_./:-]+\?region=[a-z0-9-]+"
KEY_EXAMPLE = "awskms://alias/aiotctl?region=eu-central-1"

ENTRY = CloudEntry(
    engine="aws",
    description="Amazon Web Services: EC2, RDS, S3, ECR and EKS",
    options=options(
        "10.60.0.0/20",
        25,  # it is divided by eight, and a subnet has sixteen addresses at least
        region=region(r"^[a-z]{2}(-[a-z]+)+-[0-9]$", "eu-central-1", "us-east-1"),
        **services(KEY, KEY_EXAMPLE),
    ),
    extra="aws",
)

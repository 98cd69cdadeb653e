"""IAM policy documents, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Statement = Mapping[str, Any]


def document(*statements: Statement) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions: Sequence[str], *resources: str) -> Statement:
    """Allows these actions on these resources, for a policy of an identity."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def trust(service: str) -> str:
    """Lets this service of AWS take a role."""
    return document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
    )


def encrypted_only(bucket_arn: str) -> str:
    """Refuses every request to a bucket that does not come by TLS."""
    return document(
        {
            "Sid": "OnlyTLS",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket_arn, f"{bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )

"""The lake in the bucket of the environment's cloud."""

from __future__ import annotations

from aiotctl.catalog.cloud import LAB, asked
from aiotctl.catalog.entry import Contribution, HubContext, PlatformEntry
from aiotctl.catalog.lake_export import OPTIONS, export
from aiotctl.model import names
from aiotctl.model.primitives import Part, Quoting, Ref, SecretRef, Text

ACCESS_KEY = "lake"
"""The name that goes with the bucket's secret, where there is one."""


def _hub(context: HubContext) -> Contribution:
    return export(context, _bucket(context))


def _bucket(context: HubContext) -> Text:
    """Where it is, and who the host is to it: what its machine is known as in the cloud, or in a lab, whose
    machines are nobody, whoever has the secret key.
    """
    cloud = asked(context.deployment)
    assert cloud is not None
    parts: list[Part] = [f'{{"cloud": "{cloud.engine}"']
    for name in ("endpoint", "region"):
        parts += [f', "{name}": ', Ref(names.STACK, f"bucket/{name}", Quoting.JSON)]
    parts += [', "bucket": ', Ref(names.STACK, "bucket/name", Quoting.JSON)]
    if cloud.engine == LAB:
        parts += [f', "access_key_id": "{ACCESS_KEY}", "secret_access_key": ']
        parts += [SecretRef(names.BUCKET_SECRET, Quoting.JSON)]
    return (*parts, "}")


ENTRY = PlatformEntry(
    role="lake",
    engine="bucket",
    description="Parquet files in the bucket of the environment's cloud",
    options={"type": "object", "additionalProperties": False, "properties": OPTIONS},
    hub=_hub,
    local=False,
    hosts=True,
    managed=True,
)

"""Which resources of a stack hold data: what is stored goes with them when they are deleted or replaced."""

from __future__ import annotations

from aiotctl.model.cloud import Arguments

DATA = frozenset(
    {
        "aws:dynamodb/table:Table",
        "aws:ebs/volume:Volume",
        "aws:ecr/repository:Repository",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
        "aws:s3/bucketV2:BucketV2",
        "azure-native:compute:Disk",
        "azure-native:containerregistry:Registry",
        "azure-native:dbforpostgresql:Database",
        "azure-native:dbforpostgresql:Server",
        "azure-native:recoveryservices:Vault",
        "azure-native:storage:BlobContainer",
        "azure-native:storage:StorageAccount",
        "gcp:artifactregistry/repository:Repository",
        "gcp:compute/disk:Disk",
        "gcp:sql/database:Database",
        "gcp:sql/databaseInstance:DatabaseInstance",
        "gcp:storage/bucket:Bucket",
        "lab:index:Bucket",
        "lab:index:Database",
    }
)
MACHINES = frozenset(
    {
        "aws:ec2/instance:Instance",
        "azure-native:compute:VirtualMachine",
        "gcp:compute/instance:Instance",
        "lab:index:Machine",
    }
)
"""A machine's own disk goes with it: it holds data where a database, a lake or a broker's queue is on it."""

_STORING = frozenset({"broker", "lake", "timeseries"})


def holds_data(kind: str, name: str, arguments: Arguments) -> bool:
    """Whether data go with a resource of this type and name. A machine that is not asked for any more may
    have held some.
    """
    if kind in MACHINES:
        machine = name.removeprefix(f"{arguments.prefix}-")  # in the great clouds names begin with it
        return machine not in {one.name for one in arguments.machines if _STORING.isdisjoint(one.serves)}
    return kind in DATA

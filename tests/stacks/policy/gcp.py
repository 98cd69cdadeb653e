"""How Google Cloud keeps the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stacks.gcp import labels
from tests.stacks import samples
from tests.stacks.mocked import Made
from tests.stacks.policy import common
from tests.stacks.policy.looking import Cell, all_are, all_protected, all_secret, kinds, there_is, together

INSTANCE = "gcp:compute/instance:Instance"
DATABASE = "gcp:sql/databaseInstance:DatabaseInstance"
BUCKET = "gcp:storage/bucket:Bucket"
REGISTRY = "gcp:artifactregistry/repository:Repository"
CLUSTER = "gcp:container/cluster:Cluster"
FIREWALL = "gcp:compute/firewall:Firewall"

ROLES = {
    "gcp:storage/bucketIAMMember:BucketIAMMember": "roles/storage.objectUser",
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": "roles/artifactregistry.reader",
    "gcp:projects/iAMMember:IAMMember": "roles/container.defaultNodeServiceAccount",
}


def _doors(made: Made) -> Iterator[str]:
    open_: set[tuple[int, str]] = set()
    for one in kinds(made, FIREWALL):
        if not one.inputs.get("targetTags"):
            yield f"{one.name}: it opens every machine"
        for network in one.inputs.get("sourceRanges", []):
            open_.update((int(port), network) for rule in one.inputs["allows"] for port in rule["ports"])
    yield from common.asked(open_)


def _identity(made: Made) -> Iterator[str]:
    for token, role in ROLES.items():
        yield from all_are(token, "role", role)(made)
    for one in kinds(made, "gcp:projects/iAMMember:IAMMember"):
        if "nodes" not in one.name:
            yield f"{one.name}: a right in the whole project"


def _login(made: Made) -> Iterator[str]:
    yield from all_are(INSTANCE, "metadata.block-project-ssh-keys", "true")(made)
    for one in kinds(made, INSTANCE):
        text = one.inputs.get("metadata", {}).get("startup-script", "")
        yield from common.first_boot(text, one.name)
        if "passwd --lock ops" not in text:
            yield f"{one.name}: the login's password is not locked"


CELLS: Mapping[str, Cell] = {
    "disks": Cell("Google encrypts every disk; it cannot be switched off"),
    "database-private": Cell(
        "Cloud SQL with an address inside alone; always encrypted",
        all_are(DATABASE, "settings.ipConfiguration.ipv4Enabled", False),
    ),
    "database-tls": Cell(
        "`ENCRYPTED_ONLY`", all_are(DATABASE, "settings.ipConfiguration.sslMode", "ENCRYPTED_ONLY")
    ),
    "bucket-private": Cell(
        "public access prevention, no ACLs; always encrypted",
        together(
            all_are(BUCKET, "publicAccessPrevention", "enforced"),
            all_are(BUCKET, "uniformBucketLevelAccess", True),
        ),
    ),
    "bucket-tls": Cell("Google takes credentials by TLS alone, and nothing is public"),
    "doors": Cell("firewall rules by tag; what none lets in stays out", _doors),
    "identity": Cell("a service account; roles at bucket and repository", _identity),
    "metadata": Cell("Google asks for a header and refuses forwarded requests"),
    "login": Cell("a startup script; Google's images have no cloud-init", _login),
    "secrets": Cell(
        "metadata and the administrator's password",
        together(all_secret(INSTANCE, "metadata"), all_secret("gcp:sql/user:User", "password")),
    ),
    "kept": Cell(
        "deletion protection, and Pulumi's `protect`",
        together(
            all_protected(INSTANCE, DATABASE, BUCKET, REGISTRY, CLUSTER),
            all_are(INSTANCE, "deletionProtection", True),
            all_are(INSTANCE, "bootDisk.autoDelete", False),
            all_are(DATABASE, "settings.deletionProtectionEnabled", True),
            all_are(BUCKET, "forceDestroy", False),
            all_are(CLUSTER, "deletionProtection", True),
        ),
    ),
    "backups": Cell(
        "a standby in another zone, backups to any moment, daily snapshots, versions of objects",
        together(
            all_are(DATABASE, "settings.availabilityType", "REGIONAL"),
            all_are(DATABASE, "settings.backupConfiguration.pointInTimeRecoveryEnabled", True),
            there_is("gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment", 2),
            all_are(BUCKET, "versioning.enabled", True),
        ),
    ),
    "registry": Cell(
        "Artifact Registry, tags immutable; cleanup policies",
        together(
            all_are(REGISTRY, "dockerConfig.immutableTags", True),
            all_are(REGISTRY, "cleanupPolicies.action", "KEEP", "DELETE"),
        ),
    ),
    "cluster": Cell(
        "GKE, private nodes and private endpoint",
        together(
            all_are(CLUSTER, "privateClusterConfig.enablePrivateNodes", True),
            all_are(CLUSTER, "privateClusterConfig.enablePrivateEndpoint", True),
        ),
    ),
    "tags": Cell("labels", common.tagged("gcp", labels.of(samples.whole("gcp")))),
    "pinned": Cell(
        "an exact image; engine and cluster versions",
        together(
            all_are(
                INSTANCE,
                "bootDisk.initializeParams.image",
                "projects/debian-cloud/global/images/debian-12-bookworm-v20251209",
            ),
            all_are(DATABASE, "databaseVersion", "POSTGRES_16"),
            all_are(CLUSTER, "minMasterVersion", "1.33"),
        ),
    ),
}

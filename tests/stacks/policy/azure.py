"""How Azure keeps the rules."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from tests.stacks import samples
from tests.stacks.mocked import Made
from tests.stacks.policy import common
from tests.stacks.policy.looking import Cell, all_are, all_protected, all_secret, kinds, there_is, together

MACHINE = "azure-native:compute:VirtualMachine"
SERVER = "azure-native:dbforpostgresql:Server"
SETTING = "azure-native:dbforpostgresql:Configuration"
ACCOUNT = "azure-native:storage:StorageAccount"
CONTAINER = "azure-native:storage:BlobContainer"
BLOBS = "azure-native:storage:BlobServiceProperties"
REGISTRY = "azure-native:containerregistry:Registry"
CLUSTER = "azure-native:containerservice:ManagedCluster"
LOCK = "azure-native:authorization:ManagementLockByScope"
GROUP = "azure-native:network:NetworkSecurityGroup"

ROLES = {
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": CONTAINER,
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": REGISTRY,
}
"""The only two roles that are given, and for what."""

HELD = ("hub-1", "hub-2", "timeseries", "lake", "images", "edge")
"""What holds data in the sample."""


def _database_tls(made: Made) -> Iterator[str]:
    told = {one.inputs.get("configurationName"): one.inputs.get("value") for one in kinds(made, SETTING)}
    if told != {"require_secure_transport": "on", "ssl_min_protocol_version": "TLSv1.2"}:
        yield f"settings are {told}"


def _doors(made: Made) -> Iterator[str]:
    open_: set[tuple[int, str]] = set()
    for one in kinds(made, GROUP):
        rules = sorted(one.inputs.get("securityRules", []), key=lambda rule: rule["priority"])
        if not rules or (rules[-1]["access"], rules[-1]["sourceAddressPrefix"]) != ("Deny", "*"):
            yield f"{one.name}: the last rule refuses nothing"
        for rule in rules:
            for network in rule.get("sourceAddressPrefixes", []):
                open_.add((int(rule["destinationPortRange"]), network))
    yield from common.asked(open_)


def _identity(made: Made) -> Iterator[str]:
    for one in kinds(made, "azure-native:authorization:RoleAssignment"):
        role = one.inputs.get("roleDefinitionId", "").rpartition("/")[2]
        things = {f"{thing.name}-id" for thing in made.of(ROLES.get(role, ""))}
        if one.inputs.get("scope") not in things:
            yield f"{one.name}: role {role} for {one.inputs.get('scope')}"


def _login(made: Made) -> Iterator[str]:
    yield from all_are(MACHINE, "osProfile.linuxConfiguration.disablePasswordAuthentication", True)(made)
    for one in kinds(made, MACHINE):
        text = base64.b64decode(one.inputs.get("osProfile", {}).get("customData", "")).decode()
        yield from common.first_boot(text, one.name)


def _kept(made: Made) -> Iterator[str]:
    yield from all_protected(MACHINE, SERVER, ACCOUNT, CONTAINER, REGISTRY, CLUSTER)(made)
    yield from all_are(LOCK, "level", "CanNotDelete")(made)
    locked = {one.name.removesuffix("-keep").rpartition("press-shop-production-")[2] for one in made.of(LOCK)}
    if locked != set(HELD):
        yield f"locked are {sorted(locked)}"


CELLS: Mapping[str, Cell] = {
    "disks": Cell(
        "managed disks, and encryption at the host",
        together(
            all_are(MACHINE, "securityProfile.encryptionAtHost", True),
            all_are(CLUSTER, "agentPoolProfiles.enableEncryptionAtHost", True),
        ),
    ),
    "database-private": Cell(
        "Flexible Server in a subnet of its own, public access disabled; always encrypted",
        all_are(SERVER, "network.publicNetworkAccess", "Disabled"),
    ),
    "database-tls": Cell("`require_secure_transport`, TLS 1.2 or later", _database_tls),
    "bucket-private": Cell(
        "no anonymous access, no shared keys, encrypted twice",
        together(
            all_are(ACCOUNT, "allowBlobPublicAccess", False),
            all_are(ACCOUNT, "allowSharedKeyAccess", False),
            all_are(ACCOUNT, "encryption.requireInfrastructureEncryption", True),
            all_are(CONTAINER, "publicAccess", "None"),
        ),
    ),
    "bucket-tls": Cell(
        "HTTPS alone, TLS 1.2 or later",
        together(
            all_are(ACCOUNT, "enableHttpsTrafficOnly", True), all_are(ACCOUNT, "minimumTlsVersion", "TLS1_2")
        ),
    ),
    "doors": Cell("a network security group each machine, whose last rule refuses", _doors),
    "identity": Cell("a user-assigned identity; roles scoped to container and registry", _identity),
    "metadata": Cell("Azure asks for a header and refuses forwarded requests"),
    "login": Cell("cloud-init", _login),
    "secrets": Cell(
        "custom data and the administrator's password",
        together(all_secret(MACHINE, "osProfile"), all_secret(SERVER, "administratorLoginPassword")),
    ),
    "kept": Cell("locks against deletion, and Pulumi's `protect`", _kept),
    "backups": Cell(
        "backups in two regions, a standby in another zone, a recovery vault, versions of blobs",
        together(
            all_are(SERVER, "backup.backupRetentionDays", 14),
            all_are(SERVER, "backup.geoRedundantBackup", "Enabled"),
            all_are(SERVER, "highAvailability.mode", "ZoneRedundant"),
            there_is("azure-native:recoveryservices:ProtectedItem", 2),
            all_are(BLOBS, "isVersioningEnabled", True),
        ),
    ),
    "registry": Cell(
        "no administrator's password, no anonymous pulls; a nightly task cleans",
        together(
            all_are(REGISTRY, "adminUserEnabled", False),
            all_are(REGISTRY, "anonymousPullEnabled", False),
            there_is("azure-native:containerregistry:Task"),
        ),
    ),
    "cluster": Cell(
        "AKS, private cluster, no local accounts",
        together(
            all_are(CLUSTER, "agentPoolProfiles.enableNodePublicIP", False),
            all_are(CLUSTER, "apiServerAccessProfile.enablePrivateCluster", True),
            all_are(CLUSTER, "disableLocalAccounts", True),
        ),
    ),
    "tags": Cell(
        "tags",
        common.tagged(
            "azure-native",
            samples.whole("azure").tags,
            "azure-native:recoveryservices:ProtectionPolicy",
            "azure-native:recoveryservices:ProtectedItem",
        ),
    ),
    "pinned": Cell(
        "an exact image version; engine and cluster versions",
        together(
            all_are(MACHINE, "storageProfile.imageReference.version", "0.20251112.2294"),
            all_are(SERVER, "version", "16"),
            all_are(CLUSTER, "kubernetesVersion", "1.33"),
        ),
    ),
}

"""One `state` serves record, vault and Pulumi: the URL that the engine gets."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from aiotctl.stores import pulumi_url, ready_for_pulumi
from aiotctl.toolbox.locate import locate

from .places import Bucket

URLS = {
    "/srv/state/pilot": "file:///srv/state/pilot/pulumi",
    "file:///srv/state/pilot": "file:///srv/state/pilot/pulumi",
    "s3://bucket": "s3://bucket/pulumi",
    "s3://bucket/shop/pilot/?region=eu-central-1": "s3://bucket/shop/pilot/pulumi?region=eu-central-1",
    "s3://bucket/pilot?endpoint=https://minio.plant.example:9000": (
        "s3://bucket/pilot/pulumi?endpoint=https://minio.plant.example:9000&use_path_style=true&region=us-east-1"
    ),
    "s3://bucket/pilot?endpoint=minio:9000&disableSSL=true&s3ForcePathStyle=true&region=x": (
        "s3://bucket/pilot/pulumi?region=x&endpoint=http://minio:9000&use_path_style=true"
    ),
    "s3://bucket/pilot?profile=plant": "s3://bucket/pilot/pulumi?profile=plant",
    "gs://bucket/pilot": "gs://bucket/pilot/pulumi",
    "azblob://container/pilot?storage_account=plant": "azblob://container/pilot/pulumi?storage_account=plant",
}


@pytest.mark.parametrize("state", URLS)
def test_the_folder_beside_record_and_vault_is_named_as_pulumi_does(state, monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    assert pulumi_url(state, "pulumi") == URLS[state]


def test_a_server_that_the_environment_names_is_told_to_pulumi(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://10.0.0.7:8333")
    monkeypatch.setenv("AWS_REGION", "plant")
    told = pulumi_url("s3://bucket/pilot", "pulumi")
    assert told == "s3://bucket/pilot/pulumi?endpoint=http://10.0.0.7:8333&use_path_style=true"


def test_the_engine_keeps_its_stacks_there(bucket: Bucket, make_record, tmp_path: Path):
    found = locate("pulumi")
    if found is None:
        reason = "the program `pulumi` is not there: `make programs` gets it"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    store = bucket.store()
    store.save(make_record(1))
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    environ = {
        **os.environ,
        "HOME": str(tmp_path),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": pulumi_url(bucket.url, "pulumi"),
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }

    def pulumi(*words: str) -> str:
        command = [str(found.path), *words, "--non-interactive"]
        ran = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    for _ in range(2):
        ready_for_pulumi(bucket.url, "pulumi", "shop", "pilot-hub")
    pulumi("stack", "init", "organization/shop/pilot-hub")
    assert [stack["name"] for stack in json.loads(pulumi("stack", "ls", "--json"))] == ["pilot-hub"]
    assert any(key.startswith("pulumi/.pulumi/stacks/shop/pilot-hub") for key in bucket.listing())
    store.remove()
    assert [stack["name"] for stack in json.loads(pulumi("stack", "ls", "--json"))] == ["pilot-hub"]
    pulumi("stack", "rm", "--yes", "--stack", "organization/shop/pilot-hub")

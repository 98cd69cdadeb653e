"""Stacks among the files of a build: as they are compiled, or with all values of an environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aiotctl.backends import pulumi_settings
from aiotctl.backends.pulumi_units import NAMESPACE
from aiotctl.backends.stack_folder import StackFile, stack_folder
from aiotctl.engine import bind
from aiotctl.model.primitives import Ref, Stack
from aiotctl.session.environment import Environment
from aiotctl.session.stacks import PASSPHRASE, STATE
from aiotctl.shipped import shipped
from aiotctl.stores import pulumi_url

PASSPHRASE_FILE = "passphrase"  # noqa: S105 - its name
PROBABLE = {
    "database/host": "database",
    "database/port": "5432",
    "database/ca": "(known after apply)\n",
    "bucket/name": "lake",
    "bucket/endpoint": "http://bucket",
    "bucket/region": "region",
}


def stack_files(stack: Stack) -> Iterator[StackFile]:
    """A stack's project, each file by its path in the build. Public keys of machines are left out: they are
    born with the first apply.
    """
    provider = stack.secrets_provider
    settings = pulumi_settings.kept_by(provider) if provider else pulumi_settings.EMPTY
    return _placed(stack, stack_folder(stack.address, stack.arguments, shipped("stacks"), settings))


def bound_stack_files(environment: Environment, stack: Stack) -> Iterator[StackFile]:
    """The same with all that `pulumi up` needs to find the stack as it was applied: keys, secrets, the place
    of the state, and a file with the passphrase. A cloud's key service would have to be asked to seal
    secrets, so a stack that uses one is left without them.
    """
    provider, vault = stack.secrets_provider, environment.vault
    secrets = vault.values(bind.secret_names(stack))
    arguments, state = bind.arguments(stack, secrets), pulumi_url(environment.state, STATE)
    if provider:
        settings = pulumi_settings.kept_by(provider)
        yield from _placed(stack, stack_folder(stack.address, arguments, shipped("stacks"), settings, state))
        return
    passphrase = vault.values([PASSPHRASE])[PASSPHRASE]
    settings = pulumi_settings.sealed(
        {f"{NAMESPACE}:{key}": secrets[ref.name] for key, ref in stack.secrets}, passphrase
    )
    yield from _placed(stack, stack_folder(stack.address, arguments, shipped("stacks"), settings, state))
    yield StackFile(f"{stack.address}/{PASSPHRASE_FILE}", passphrase.encode(), 0o600)


def _placed(stack: Stack, files: Iterable[StackFile]) -> Iterator[StackFile]:
    return (replace(file, path=f"{stack.address}/{file.path}") for file in files)


def probable_output(ref: Ref) -> str:
    """What stands for an output of a stack in files that are looked at before it is known."""
    kind, _, rest = ref.attribute.partition("/")
    return rest.partition("/")[0] if kind == "machine" else PROBABLE[ref.attribute]

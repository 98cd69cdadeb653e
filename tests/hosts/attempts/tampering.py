"""What is changed behind aiotctl's back: plans, state, programs on their way and in their place."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from aiotctl.model import codec
from tests.e2e.laptop import Laptop
from tests.hosts.attempts.attempt import Attempt, Trial
from tests.hosts.attempts.machines import edited, told
from tests.hosts.attempts.stage import Stage
from tests.hosts.works import ENVIRONMENT, make_project

RANGE = "range: [0, 400]"
AT_GW_1 = ("--target", "host/plant-a/gw-1")
PLACE = "/var/lib/aiotctl/*/programs/telegraf"
STAGED = "/var/lib/aiotctl/programs/*/telegraf"


def saved_plan(stage: Stage, project: Laptop | None = None) -> Path:
    """A plan of a change, as a file."""
    place = Path(tempfile.mkdtemp(dir=stage.folder)) / "plan"
    chosen = project or stage.works
    chosen.run("plan", "--out", str(place), "--env", ENVIRONMENT).ok()
    return place


def applied(stage: Stage, plan: Path) -> str:
    ran = stage.works.run("apply", str(plan))
    return f"{ran.code} {' '.join((ran.err + ran.out).split())}"


def edited_plan(stage: Stage) -> str:
    """Applies a saved plan in which somebody has changed the mode of files."""
    with edited(stage, RANGE, "range: [0, 350]"):
        plan = saved_plan(stage)
    text = plan.read_text()
    assert "350" in text
    plan.write_text(text.replace("350", "950"))
    return applied(stage, plan)


def forged_plan(stage: Stage) -> str:
    """Applies a saved plan in which somebody has changed something, and made the digest anew."""
    plan = saved_plan(stage)
    outer = json.loads(plan.read_text())
    outer["body"]["version"] = "another"
    text = json.dumps(outer["body"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    outer["digest"] = codec.digest(text.encode())
    plan.write_text(json.dumps(outer))
    return applied(stage, plan)


def untouched_plan(stage: Stage) -> str:
    """Applies a saved plan as it was shown; nothing differs."""
    return applied(stage, saved_plan(stage))


def stale_plan(stage: Stage) -> str:
    """Applies a plan that was made before the last apply."""
    assert stage.old_plan is not None
    return applied(stage, stage.old_plan)


def foreign_plan(stage: Stage) -> str:
    """Applies a plan that another project made for the same machines."""
    with tempfile.TemporaryDirectory(dir=stage.folder) as folder:
        return applied(stage, saved_plan(stage, make_project(stage.fleet, Path(folder))))


@contextmanager
def copied(stage: Stage) -> Generator[Laptop]:
    """The project with its state, somewhere else."""
    with tempfile.TemporaryDirectory(dir=stage.folder) as folder:
        copy = Path(folder) / "works"
        shutil.copytree(stage.works.folder, copy)
        yield replace(stage.works, folder=copy)


def copied_as_it_is(stage: Stage) -> str:
    with copied(stage) as project:
        return told(project, "plan", "--refresh", *AT_GW_1)


def edited_record(stage: Stage) -> str:
    """Plans with a record in which somebody has changed an address."""
    with copied(stage) as project:
        for record in project.state.glob("record*.json*"):
            content = record.read_bytes()
            assert b"127.0.0.1" in content
            record.write_bytes(content.replace(b"127.0.0.1", b"127.0.0.9"))
        return told(project, "plan")


def without_identity(stage: Stage) -> str:
    """Applies as somebody for whom the vault was not encrypted."""
    with copied(stage) as project:
        (project.folder / ".aiotctl" / "identity.age").unlink()
        return told(project, "plan", "--refresh", *AT_GW_1)


def edited_vault(stage: Stage) -> str:
    """Plans with a vault in which a byte was changed."""
    with copied(stage) as project:
        vault = project.state / "vault.age"
        content = bytearray(vault.read_bytes())
        content[len(content) // 2] ^= 1
        vault.write_bytes(content)
        return told(project, "plan", "--refresh", *AT_GW_1)


def changed_program(stage: Stage) -> str:
    """What a look says after somebody has changed the collector's program on a gateway; then repairs it."""
    gateway = stage.machine("gw-1")
    gateway.run(f"cp {PLACE} /tmp/other; echo x >>/tmp/other; mv /tmp/other {PLACE}").ok()
    found = stage.drift(*AT_GW_1)
    stage.run("apply", "--refresh", "--yes", *AT_GW_1).ok()
    return found


def changed_on_the_way(stage: Stage) -> str:
    """What an apply says that would have to put the collector's program in place, from where it was staged,
    after somebody has changed it there.
    """
    gateway = stage.machine("gw-1")
    gateway.run(f"set -e; for staged in {STAGED}; do echo x >>$staged; done; rm {PLACE}").ok()
    try:
        return told(stage.works, "apply", "--refresh", "--yes", *AT_GW_1)
    finally:
        stage.run("apply", "--refresh", "--yes", *AT_GW_1).ok()


def changed_at_the_controller(stage: Stage) -> str:
    """What an apply says that would have to bring the collector's program, after somebody has changed it in
    the cache of programs.
    """
    gateway = stage.machine("gw-1")
    gateway.run(f"rm {STAGED} {PLACE}").ok()
    try:
        with other_cache(stage) as project:
            return told(project, "apply", "--refresh", "--yes", *AT_GW_1)
    finally:
        stage.run("apply", "--refresh", "--yes", *AT_GW_1).ok()


@contextmanager
def other_cache(stage: Stage) -> Generator[Laptop]:
    """The project with a cache of programs in which the collector's is another one."""
    whole = Path(stage.works.environ["XDG_CACHE_HOME"]) / "aiotctl" / "programs"
    with tempfile.TemporaryDirectory(dir=stage.folder) as folder:
        cache = Path(folder) / "aiotctl" / "programs"
        shutil.copytree(whole, cache, symlinks=True, copy_function=os.link)
        for program in cache.glob("telegraf/*/telegraf"):
            content = program.read_bytes()
            program.unlink()
            program.write_bytes(content + b"x")
            program.chmod(0o755)
        yield replace(stage.works, settings={**stage.works.settings, "XDG_CACHE_HOME": folder})


def healthy(stage: Stage) -> str:
    """What a look says of the gateway as it is."""
    return stage.drift(*AT_GW_1) or "nothing differs"


AS_IT_IS = Trial("nobody changes anything", healthy, "^nothing differs$")
PLAN_HOLDS = Trial("applies a plan as it was saved", untouched_plan, "^0 ")
COPY_HOLDS = Trial("a copy of it that nobody has touched", copied_as_it_is, "^0 ")

ATTEMPTS = (
    Attempt(
        name="edited-plan",
        who="somebody between plan and apply",
        wrong=Trial("changes what was compiled, in the saved plan", edited_plan, "^7 .*edited"),
        guard="digest of the saved plan",
        right=PLAN_HOLDS,
    ),
    Attempt(
        name="stale-plan",
        who="an operator",
        wrong=Trial("applies a plan that was made before the last apply", stale_plan, "^7 .*stale"),
        guard="serial of the record",
        right=PLAN_HOLDS,
    ),
    Attempt(
        name="foreign-plan",
        who="another project of the same blueprint",
        wrong=Trial("has its plan applied here", foreign_plan, "^7 .*not sealed"),
        guard="seal of the saved plan; lineage of the record",
        right=PLAN_HOLDS,
    ),
    Attempt(
        name="edited-record",
        who="somebody with the project's folder",
        wrong=Trial("changes an address in the record", edited_record, "^1 .*(changed by hand|damaged)"),
        guard="checksum of the record",
        right=COPY_HOLDS,
    ),
    Attempt(
        name="edited-vault",
        who="somebody with the project's folder",
        wrong=Trial("changes a byte of the vault", edited_vault, "^1 .*vault"),
        guard="age, which authenticates what it encrypts",
        right=COPY_HOLDS,
    ),
    Attempt(
        name="vault-without-identity",
        who="somebody with the project's folder, but no identity of a recipient",
        wrong=Trial("opens the vault", without_identity, "^1 .*vault"),
        guard="age",
        right=COPY_HOLDS,
    ),
    Attempt(
        name="changed-program",
        who="somebody with root's rights on a gateway",
        wrong=Trial("changes the collector's program", changed_program, "host/plant-a/gw-1 program telegraf"),
        guard="digests that `plan --refresh` compares; `apply --refresh` brings the right one",
        right=AS_IT_IS,
    ),
    Attempt(
        name="program-changed-on-the-way",
        who="somebody with root's rights on a gateway",
        wrong=Trial("changes the program where it is staged", changed_on_the_way, "^3 .*not the expected"),
        guard="digest that is checked when a program is put in place",
        right=AS_IT_IS,
    ),
    Attempt(
        name="program-changed-at-the-controller",
        who="somebody with the cache of programs",
        wrong=Trial(
            "changes the program before it is delivered", changed_at_the_controller, "^3 .*not the expected"
        ),
        guard="digest that is checked when a program arrives",
        right=AS_IT_IS,
    ),
    Attempt(
        name="forged-plan",
        who="somebody between plan and apply, who knows how plans are saved",
        wrong=Trial("changes the saved plan, and its digest with it", forged_plan, "^7 .*not sealed"),
        guard="seal of the saved plan, with a key of the vault",
        right=PLAN_HOLDS,
    ),
)

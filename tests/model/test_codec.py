import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiotctl.model.blueprint import Condition, PointType, ValueType
from aiotctl.model.codec import CodecError, canonical, decode, digest, encode
from aiotctl.model.plan import Action, Change, Plan
from aiotctl.model.primitives import ConfigFile, Directory, Health, Quoting, Ref, SecretRef
from aiotctl.model.record import JournalEntry, Record

from .values import JSON, RegisterRead, model_types, values

TYPES = {kind.__name__: kind for kind in model_types()}


def test_the_types_that_are_stored_are_among_those_tried():
    assert {"Host", "Schema", "Series", "Route", "Plan", "Record", "Deployment", "Blueprint"} <= set(TYPES)


@pytest.mark.parametrize("name", sorted(TYPES))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_was_written_is_read_back(name, data):
    value = data.draw(values(TYPES[name]))
    text = canonical(value)
    assert decode(TYPES[name], json.loads(text)) == value
    assert canonical(decode(TYPES[name], json.loads(text))) == text


@pytest.mark.parametrize("name", sorted(TYPES))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_else_is_refused_as_such(name, data):
    """Any JSON in the place of any part of a value: read as it stands, or refused with a CodecError."""
    tree = encode(data.draw(values(TYPES[name])))
    change_somewhere(tree, data.draw(JSON | st.just(10**400)), data.draw(st.randoms(use_true_random=False)))
    try:
        value = decode(TYPES[name], tree)
    except CodecError:
        return
    assert decode(TYPES[name], encode(value)) == value


def change_somewhere(tree, other, chance):
    """Puts ``other`` in the place of one part of the tree, at any depth."""
    while True:
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        if not keys:
            return
        key = chance.choice(keys)
        if not isinstance(tree[key], dict | list) or not tree[key] or chance.random() < 0.3:
            tree[key] = other
            return
        tree = tree[key]


def test_texts_with_references_read_like_what_they_are():
    file = ConfigFile(
        "nats.conf", ("port: ", Ref("host/hub/service/nats", "mqtt.port"), SecretRef("broker/w"))
    )
    assert encode(file) == {
        "path": "nats.conf",
        "content": [
            "port: ",
            {"Ref": {"address": "host/hub/service/nats", "attribute": "mqtt.port", "quoting": "raw"}},
            {"SecretRef": {"name": "broker/w", "quoting": "raw"}},
        ],
        "mode": 0o600,
        "unprivileged": False,
        "account": "",
        "origin": [],
    }


def test_canonical_is_sorted_compact_and_utf8():
    assert canonical({"b": [1, 2.5, None], "a": "°C"}) == '{"a":"°C","b":[1,2.5,null]}'.encode()
    assert digest(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_numbers_keep_what_was_written():
    point = PointType(
        "p", RegisterRead(7), ValueType.FLOAT, no_value=(Decimal("0.10"), "65535", float("inf"))
    )
    assert encode(point)["no_value"] == [{"Decimal": "0.10"}, "65535", {"float": "inf"}]
    back = decode(PointType, encode(point))
    assert str(back.no_value[0]) == "0.10"
    assert type(decode(Condition, encode(Condition("p", "=", True))).value) is bool


def test_nan_survives():
    point = PointType("p", RegisterRead(7), ValueType.FLOAT, no_value=(float("nan"),))
    text = canonical(point)
    assert b"NaN" not in text
    assert repr(decode(PointType, json.loads(text)).no_value) == "(nan,)"


def test_a_missing_field_takes_its_default():
    assert decode(Directory, {"path": "data"}) == Directory("data")
    assert decode(JournalEntry, {"phase": "begin"}) == JournalEntry("begin")


REFUSED = [
    (Directory, {"path": "x", "owner": "root"}, "unknown key 'owner' of Directory; it has path, mode"),
    (Directory, {}, "Directory lacks path"),
    (Directory, [], "expected an object (Directory), found list"),
    (Directory, {"path": 1}, "path: expected str, found int"),
    (Directory, {"path": "x", "mode": True}, "mode: expected int, found bool"),
    (Health, {"http": ["a"]}, "http: expected a list of 2, found list"),
    (Ref, {"address": "a", "attribute": "b", "quoting": "html"}, "quoting: 'html' is none of raw, toml"),
    (ConfigFile, {"path": "x", "content": [{"Run": {}}]}, "content.0: unknown tag 'Run'"),
    (ConfigFile, {"path": "x", "content": [7]}, "content.0: expected str, Ref, SecretRef, found int"),
    (ConfigFile, {"path": "x", "content": [{"Ref": {}}]}, "content.0: Ref lacks address, attribute"),
    (PointType, {"name": "p", "read": {"OtherRead": {}}}, "read: 'OtherRead' is no Read"),
    (PointType, {"name": "p", "read": {}, "type": "float"}, "read: expected a tagged Read, found dict"),
    (PointType, {"name": "p", "range": ["a", "1"]}, "range.0: expected a decimal number as text, found str"),
    (
        Record,
        {"units": {"host/hub": {"digest": None}}},
        "units.host/hub.digest: expected str, found NoneType",
    ),
]


@pytest.mark.parametrize(("kind", "tree", "why"), REFUSED, ids=[r[2] for r in REFUSED])
def test_what_is_not_declared_is_refused_with_the_place(kind, tree, why):
    with pytest.raises(CodecError) as error:
        decode(kind, tree)
    assert str(error.value).startswith(why)


def test_what_json_cannot_carry_is_refused():
    with pytest.raises(TypeError, match="complex"):
        encode(1j)
    with pytest.raises(ValueError, match="JSON"):
        canonical({"x": float("nan")})


def test_enumerations_stay_what_they_are():
    change = decode(Change, encode(Change("host/hub", "host", Action.UPDATE)))
    assert change.action is Action.UPDATE
    assert decode(Ref, encode(Ref("a", "b", Quoting.TOML))).quoting is Quoting.TOML


def test_an_empty_plan_is_small():
    plan = Plan("press-shop", "laptop", "l", 3, (), (), False, 0.0)
    assert decode(Plan, encode(plan)) == plan
    assert len(canonical(plan)) < 320

"""Text of the user in Telegraf's file and in Starlark: whatever it holds, it is one string."""

from __future__ import annotations

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from aiotctl.catalog.collectors.telegraf.literal import literal
from aiotctl.catalog.collectors.telegraf.quoting import joined, quote, quote_toml, quoted
from aiotctl.catalog.collectors.telegraf.toml import Bound, Section, render
from aiotctl.engine.bind import bind
from aiotctl.model.primitives import Ref, SecretRef

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@settings(max_examples=200)
@given(TEXT)
def test_toml_reads_back_what_was_written_but_for_doubled_dollars(text):
    """Telegraf turns ``$$`` into ``$`` after it has read the TOML (tried with the program in test_mqtt)."""
    written = quote_toml(text)
    assert written.isascii() and "\n" not in written
    assert tomllib.loads(f"x = {written}")["x"].replace("$$", "$") == text


@settings(max_examples=200)
@given(TEXT)
def test_starlark_strings_are_python_strings_here(text):
    """Starlark's escapes that are used are those of Python."""
    import ast

    assert ast.literal_eval(quote(text)) == text


def test_a_lone_surrogate_is_replaced():
    assert quote("a\ud800b") == '"a\\ufffdb"'


def test_values_of_all_kinds_come_back():
    values = {
        "text": 'a "b" \\ # $',
        "number": 7,
        "real": 0.5,
        "flag": True,
        "list": ["x", 1],
        "table": {"d": "y"},
        "bound": Bound(("tcp://", Ref("host/hub", "root"), "/$x")),
        "secret": Bound((SecretRef("s"),)),
    }
    inner = Section("inner", {"k": "v"}, many=False)
    text = render([Section("outer", values, sections=(inner,))])
    read = tomllib.loads(bind(text, {"host/hub#root": "r"}, {"s": 'p"$'}))["outer"][0]
    assert read == {
        "text": 'a "b" \\ # $$',
        "number": 7,
        "real": 0.5,
        "flag": True,
        "list": ["x", 1],
        "table": {"d": "y"},
        "bound": "tcp://r/$$x",
        "secret": 'p"$$',
        "inner": {"k": "v"},
    }


def test_neighbouring_literals_become_one():
    ref = Ref("a", "b")
    assert joined(("x", "", "y", ref, "z")) == ("xy", ref, "z")
    assert quoted(("x",)) == ('"x"',)


def test_literals_are_what_python_reads():
    import ast

    value = {"a": {"b": (1, "x", (2.5, None), ())}, "c": {}, "d": True}
    assert ast.literal_eval(literal(value)) == value
    assert literal(float("nan")) == 'float("nan")'

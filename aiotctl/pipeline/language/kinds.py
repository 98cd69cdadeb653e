"""The kinds of findings about files and shape."""

from __future__ import annotations

from aiotctl.findings import Kind

UNREADABLE = Kind(
    "file-unreadable",
    "A file cannot be read",
    "The blueprint, or a file it names with `from:`, is missing, is a directory, or may not be read.",
)
ENCODING = Kind(
    "not-utf-8",
    "The file is not UTF-8 text",
    "Blueprints are UTF-8. Another encoding would change names and units silently, so it is refused.",
)
CONTROL = Kind(
    "control-character",
    "A control character in the text",
    "Control characters are invisible in an editor and can steer a terminal, so they have no place in a "
    "blueprint.",
)
SYNTAX = Kind(
    "yaml-syntax",
    "The file is not valid YAML",
    "The YAML parser stopped here; what follows could not be looked at.",
)
TAB = Kind(
    "yaml-tab",
    "A tab where YAML wants spaces",
    "YAML forbids tabs in indentation, because editors disagree on how wide they are.",
)
DUPLICATE = Kind(
    "duplicate-key",
    "A key is there twice",
    "Most YAML readers keep the last of two equal keys and silently drop the first; here neither is guessed.",
)
BAD_KEY = Kind(
    "bad-key",
    "A key that is no text",
    "Keys are names. An empty key, a list or a mapping as a key is nearly always a slip of the colon.",
)
TAG = Kind(
    "yaml-tag",
    "A YAML tag",
    "Tags such as `!!int` or `!Ref` change what a value is behind the reader's back; the language needs "
    "none.",
)
ALIAS = Kind(
    "yaml-alias",
    "An alias that cannot be followed",
    "An alias (`*name`) repeats what an anchor (`&name`) marked before it. Unknown ones, and ones that "
    "expand into "
    "millions of values, are refused.",
)
DEEP = Kind(
    "too-deep",
    "Nested too deeply",
    "No part of the language is nested anywhere near this deep.",
)
DOCUMENTS = Kind(
    "many-documents",
    "More than one YAML document in a file",
    "A blueprint is one document; what follows `---` would be ignored by many tools.",
)
NOT_A_MAPPING = Kind(
    "not-a-mapping",
    "The file does not hold a mapping",
    "A blueprint, and each part of it in a file of its own, is a mapping of keys to values.",
)
INCLUDE = Kind(
    "from-cycle",
    "Files that include each other",
    "Following `from:` leads back to a file that is being read already.",
)
UNKNOWN_KEY = Kind(
    "unknown-key",
    "A key that the language does not have here",
    "A key that is accepted and does nothing is a lie, so unknown keys are refused.",
)
NOT_YET = Kind(
    "nothing-compiled",
    "A section from which nothing is compiled",
    "The section is known, but this version compiles nothing from it; accepting it would promise what is "
    "not done.",
)
MISSING = Kind(
    "missing-key",
    "A key is missing",
    "The value is needed and has no sensible default.",
)
WRONG_TYPE = Kind(
    "wrong-type",
    "A value of the wrong type",
    "Text, numbers, booleans, lists and mappings are told apart; nothing is converted by guessing.",
)
EMPTY = Kind(
    "empty-value",
    "A key without a value",
    "An empty line must not remove a broker or a device, so a bare null is refused everywhere.",
)
CLEAR_SECRET = Kind(
    "secret-in-clear",
    "A secret written in clear",
    "Blueprints are shared and kept in version control. A secret stands there by its name alone; the "
    "value lives "
    "in the environment's vault.",
)
BAD_VALUE = Kind(
    "bad-value",
    "A value that is not one of those possible",
    "The value has the right type, but not a form or size that the language knows here.",
)
BAD_NAME = Kind(
    "bad-name",
    "A name that cannot be used",
    "Names become topics, users, tables and file names: a letter, then letters, digits, `-` and `_`, 63 "
    "at most.",
)
CSV = Kind(
    "fleet-table",
    "A fleet table that cannot be read",
    "A fleet is a CSV file with a header and one row a device; every row has as many cells as the header.",
)

"""Writes aiotctl/units_table.py from the UCUM essence that the package ucumvert carries. Run it when UCUM
has a new version.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

TARGET = Path(__file__).parent.parent / "aiotctl" / "units_table.py"
NAMESPACE = "{http://unitsofmeasure.org/ucum-essence}"
HEADER = '''"""The atoms of UCUM {version}; written by scripts/units_table.py.

UCUM is copyright 1999-2024 Regenstrief Institute, Inc. and the UCUM Organization, Indianapolis, IN; all
rights reserved.
``ATOMS``: code to (takes prefixes, factor, defining unit). The defining unit of a base unit is itself, that
of a unit on
a scale of its own (a logarithm, an arbitrary unit) is empty.
"""

'''
OFFSETS = {"Cel": ("1", "K"), "[degF]": ("5/9", "K"), "[degRe]": ("5/4", "K")}


def main() -> None:
    """Writes the table."""
    root = ElementTree.fromstring(files("ucumvert").joinpath("vendor/ucum-essence.xml").read_bytes())
    lines = [HEADER.format(version=root.attrib["version"])]
    prefixes = {
        one.attrib["Code"]: one.find(f"{NAMESPACE}value").attrib["value"]
        for one in root.iter(f"{NAMESPACE}prefix")
    }
    lines.append("PREFIXES: dict[str, str] = {\n")
    lines += [f'    "{code}": "{value}",\n' for code, value in prefixes.items()]
    lines.append("}\n\nATOMS: dict[str, tuple[bool, str, str]] = {\n")
    for base in root.iter(f"{NAMESPACE}base-unit"):
        code = base.attrib["Code"]
        lines.append(f'    "{code}": (True, "1", "{code}"),\n')
    for unit in root.iter(f"{NAMESPACE}unit"):
        code, value = unit.attrib["Code"], unit.find(f"{NAMESPACE}value")
        metric = unit.attrib["isMetric"] == "yes"
        if code in OFFSETS:
            factor, defining = OFFSETS[code]
        elif unit.attrib.get("isSpecial") == "yes" or unit.attrib.get("isArbitrary") == "yes":
            factor, defining = "1", ""
        else:
            factor, defining = value.attrib["value"], value.attrib["Unit"]
        lines.append(f'    "{code}": ({metric}, "{factor}", "{defining}"),\n')
    lines.append("}\n")
    TARGET.write_text("".join(lines))


main()

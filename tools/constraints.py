#!/usr/bin/env python3
"""Makes src/protocol/constraints/<service>.generated.json from the service models that ship with botocore.

    python3 tools/constraints.py [service ...]          (default: every service that has a table)

The SDK's run-time schemas carry no length, range, pattern or enum constraints; botocore's models (Apache-2.0, see
src/protocol/constraints/NOTICE) do. A table holds rules by shape name, and for each structure the rule of each
constrained member. Only what can be reached from an operation's input is kept.
"""
import json
import pathlib
import sys

import botocore
from botocore.loaders import Loader

TABLES = pathlib.Path(__file__).parent.parent / "src" / "protocol" / "constraints"
SCALARS = {"string", "integer", "long", "float", "double", "blob", "timestamp", "boolean"}


def table(service: str) -> dict:
    model = Loader().load_service_model(service, "service-2")
    shapes = model["shapes"]
    rules: dict[str, dict] = {}
    structures: dict[str, dict] = {}
    seen: set[str] = set()

    def rule_of(name: str) -> str | None:
        """The name of the shape's rule, or None when nothing constrains it."""
        shape = shapes[name]
        kind = shape["type"]
        if kind == "structure":
            structure(name)
            return None
        if name in seen:
            return name if name in rules else None
        seen.add(name)
        rule = {key: shape[key] for key in ("min", "max", "pattern", "enum") if key in shape}
        if kind in ("integer", "long"):
            rule["integer"] = True
        if kind == "list":
            part(rule, "item", shape["member"]["shape"])
        if kind == "map":
            part(rule, "key", shape["key"]["shape"])
            part(rule, "value", shape["value"]["shape"])
        if rule:
            rules[name] = rule
            return name
        return None

    def part(rule: dict, key: str, name: str) -> None:
        inner = rule_of(name)
        if inner is not None:
            rule[key] = inner

    def structure(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        members = {}
        for member, target in shapes[name].get("members", {}).items():
            rule = rule_of(target["shape"])
            if rule is not None:
                members[member] = rule
        if members:
            structures[name] = members

    for operation in model["operations"].values():
        if "input" in operation:
            structure(operation["input"]["shape"])
    return {
        "source": f"botocore {botocore.__version__}, {service} {model['metadata']['apiVersion']}",
        "structures": dict(sorted(structures.items())),
        "rules": dict(sorted(rules.items())),
    }


def lines(value: dict) -> str:
    """JSON with one structure or rule on a line, so that a change of the model reads well in a diff."""
    def section(entries: dict) -> str:
        return ",\n".join(f"    {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in entries.items())

    return (
        "{\n"
        f'  "source": {json.dumps(value["source"])},\n'
        f'  "structures": {{\n{section(value["structures"])}\n  }},\n'
        f'  "rules": {{\n{section(value["rules"])}\n  }}\n'
        "}\n"
    )


def main() -> None:
    services = sys.argv[1:] or sorted(path.name.split(".")[0] for path in TABLES.glob("*.generated.json"))
    for service in services:
        (TABLES / f"{service}.generated.json").write_text(lines(table(service)), encoding="utf-8")


main()

#!/usr/bin/env python3
"""Holds config/talos.schema.json against the corpus that the parser's tests read too.

Every file of corpus/good must be valid under the schema, every one of corpus/bad invalid; corpus/good/all_keys.json must use every
key that the schema names; each key must be described; config/talos.json must be valid. Exit 1 and one line a fault.
"""
import json
import pathlib
import re
import sys

import jsonschema

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
NO_DEFAULT = {"command", "extends", "instances", "path", "user", "group", "ready", "health", "dependsOn", "watchdog", "notify", "fd", "tcp", "http", "exec", "log",
              "preStart", "postStart", "preStop", "postStop", "onUnhealthy", "onFatal", "runtime", "state", "logs", "name", "reload", "signal",
              # these stay as talosd has them
              "groups", "umask", "nice", "oomScoreAdj", "rlimits", "cpuAffinity", "soft", "hard", "as", "core", "cpu", "data", "fsize",
              "locks", "memlock", "msgqueue", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack"}


def without_comments(text):
    """Plain JSON from JSON with comments and trailing commas."""
    string = r'("(?:\\.|[^"\\])*")'
    text = re.sub(string + r"|//[^\n]*|/\*.*?\*/", lambda m: m.group(1) or "", text, flags=re.DOTALL)
    return re.sub(string + r"|,(?=\s*[}\]])", lambda m: m.group(1) or "", text)


def properties(schema):
    """(name, subschema) of every key that is named anywhere."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield from schema["properties"].items()
        for keyword, value in schema.items():
            if keyword not in {"if", "then", "else", "not"}:   # these say which keys go together
                yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def keys(document):
    if isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from keys(value)
    elif isinstance(document, list):
        for value in document:
            yield from keys(value)


def main():
    faults = []
    schema = json.loads((ROOT / "config/talos.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    checked = 0
    for path in sorted((HERE / "corpus/good").glob("*.json")):
        checked += 1
        for error in validator.iter_errors(json.loads(path.read_text())):
            faults.append(f"good/{path.name} is refused: {error.json_path}: {error.message}")
    for path in sorted((HERE / "corpus/bad").glob("*.json")):
        checked += 1
        if validator.is_valid(json.loads(path.read_text())):
            faults.append(f"bad/{path.name} is accepted")
    for error in validator.iter_errors(json.loads(without_comments((ROOT / "config/talos.json").read_text()))):
        faults.append(f"config/talos.json is refused: {error.json_path}: {error.message}")

    used = set(keys(json.loads((HERE / "corpus/good/all_keys.json").read_text())))
    for name, subschema in properties(schema):
        if name not in used:
            faults.append(f"all_keys.json does not use {name}")
        if not subschema.get("description"):
            faults.append(f"{name} has no description")
        if "default" not in subschema and name not in NO_DEFAULT:
            faults.append(f"{name} has no default")
        elif "default" in subschema and not jsonschema.Draft202012Validator({**subschema, "$defs": schema["$defs"]}).is_valid(subschema["default"]):
            faults.append(f"the default of {name} is not valid itself")

    if checked < 50:
        faults.append(f"only {checked} files in the corpus")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

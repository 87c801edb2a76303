"""Holds every object of a rendered overlay against the schema of its kind; unknown fields are refused.

Usage: validate.py <Kubernetes version> <folder of custom schemas> <rendered file>...
Prints one line per mistake, and at the end how many objects were held against what. Exits 1 on a mistake.
"""

import json
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml


def mistakes_of(item, version, folder):
    api, kind = item["apiVersion"], item["kind"]
    custom = folder / f"{kind.lower()}_{api.rsplit('/', 1)[-1]}.json"
    if custom.exists():
        validator = jsonschema.Draft7Validator(json.loads(custom.read_text()))
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(item)]
    try:
        kubernetes_validate.validate(item, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{'.'.join(map(str, error.path))}: {error.message}"]
    # A kind without a schema is a mistake here, not a thing to skip.
    except kubernetes_validate.SchemaNotFoundError:
        return [f"there is no schema for {api} {kind}"]
    return []


def main(version, schemas, *files):
    found = 0
    for file in files:
        kinds = {"built-in": 0, "custom": 0}
        for item in yaml.safe_load_all(Path(file).read_text()):
            name = f"{Path(file).stem}: {item['kind']} {item['metadata']['name']}"
            group = item["apiVersion"].split("/")[0]
            kinds["custom" if group.startswith(("gateway.", "keda.")) else "built-in"] += 1
            for mistake in mistakes_of(item, version, Path(schemas)):
                found += 1
                print(f"{name}: {mistake[:300]}")
        print(f"{Path(file).stem}: {kinds['built-in']} built-in objects, {kinds['custom']} custom ones validated")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Makes kubernetes.json: the schemas of the kinds that the chart makes, strict (no unknown member), without descriptions.

    python3 test/deploy/schemas/make.py

They come from the package kubernetes-validate of PyPI (Apache-2.0), which has them from the OpenAPI document of Kubernetes
(Apache-2.0). What no chart of ours uses is left out, which only makes the check stricter.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "kubernetes-validate==1.37.0"
VERSION = "v1.34.0"
KINDS = {
    "apps/v1 Deployment": "io.k8s.api.apps.v1.Deployment",
    "autoscaling/v2 HorizontalPodAutoscaler": "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    "batch/v1 Job": "io.k8s.api.batch.v1.Job",
    "networking.k8s.io/v1 Ingress": "io.k8s.api.networking.v1.Ingress",
    "networking.k8s.io/v1 NetworkPolicy": "io.k8s.api.networking.v1.NetworkPolicy",
    "policy/v1 PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
    "v1 ConfigMap": "io.k8s.api.core.v1.ConfigMap",
    "v1 Service": "io.k8s.api.core.v1.Service",
    "v1 ServiceAccount": "io.k8s.api.core.v1.ServiceAccount",
}
# Of these only the members named.
ONLY = {
    "io.k8s.api.core.v1.Volume": {"name", "configMap", "emptyDir", "projected", "secret"},
    "io.k8s.api.core.v1.VolumeProjection": {"configMap", "secret"},
}
NEVER = {"status", "managedFields", "ephemeralContainers", "resourceClaims", "windowsOptions", "description"}


def reduced(schema):
    if isinstance(schema, list):
        return [reduced(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for name, value in schema.items():
        if name == "description" or name.startswith("x-"):
            continue
        if name == "properties":
            value = {member: each for member, each in value.items() if member not in NEVER}
            kept[name] = {member: reduced(each) for member, each in value.items()}
        elif name == "$ref":
            kept[name] = "#/$defs/" + value.rsplit("/", 1)[1]
        else:
            kept[name] = reduced(value)
    return kept


def referred(schema, found):
    if isinstance(schema, list):
        for one in schema:
            referred(one, found)
    elif isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            found.add(schema["$ref"].rsplit("/", 1)[1])
        for value in schema.values():
            referred(value, found)


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, PACKAGE], check=True
        )
        wheel = zipfile.ZipFile(next(pathlib.Path(folder).glob("*.whl")))
        path = f"kubernetes_validate/kubernetes-json-schema/{VERSION}-local-strict/_definitions.json"
        definitions = json.loads(wheel.read(path))["$defs"]
    for name, members in ONLY.items():
        properties = definitions[name]["properties"]
        definitions[name]["properties"] = {member: properties[member] for member in sorted(members)}
    wanted, kept = set(KINDS.values()), {}
    while wanted:
        name = wanted.pop()
        kept[name] = reduced(definitions[name])
        found = set()
        referred(kept[name], found)
        wanted |= found - kept.keys()
    document = {
        "$comment": f"Kubernetes {VERSION}, reduced by make.py beside this file. Copyright The Kubernetes Authors, Apache-2.0.",
        "kinds": KINDS,
        "$defs": dict(sorted(kept.items())),
    }
    target = pathlib.Path(__file__).with_name("kubernetes.json")
    lines = [f'{json.dumps(name)}: {json.dumps(each, separators=(",", ":"))}' for name, each in document["$defs"].items()]
    head = json.dumps({key: document[key] for key in ("$comment", "kinds")}, indent=1)[:-2]
    target.write_text(head + ',\n "$defs": {\n  ' + ",\n  ".join(lines) + "\n }\n}\n")


main()

"""The manifests that run an exported image in a cluster."""

from pathlib import Path
from typing import Any

import yaml

from keel.export.docker import GRPC_PORT, HOME, PORT, USER
from keel.export.subject import Subject

PORTS = {"http": PORT, "grpc": GRPC_PORT}
LEAST_REPLICAS, MOST_REPLICAS = 2, 10
BUSY_PERCENT = 60
LEAST_MEMORY_MIB = 512
GRACE_S = 30
LEAVE_S = 5
"""How long a pod that is to end goes on answering, until nobody is sent to it."""

HEAD = """\
# {version}, digest {digest}
# kubectl create secret generic {name} --from-literal=KEEL_TOKENS=answer:$(openssl rand -hex 32)
# kubectl apply -f {file}
# Every secret setting is taken from that Secret: KEEL_ONLINE or KEEL_DATABASE with a password, too.
"""


def write_kubernetes(subject: Subject, into: Path, *, image: str) -> None:
    """Write one file with all manifests."""
    file = f"{subject.name}.yaml"
    head = HEAD.format(
        version=subject.version, digest=subject.version.digest, file=file, name=subject.name
    )
    body = yaml.safe_dump_all(manifests(subject, image), sort_keys=False)
    (into / file).write_text(f"{head}{body}")


def manifests(subject: Subject, image: str) -> list[dict[str, Any]]:
    """Settings, an account, the pods and how to reach them, how many there are and how few there
    may be."""
    return [
        _manifest(subject, "v1", "ConfigMap", data={"KEEL_HOME": HOME}),
        _manifest(subject, "v1", "ServiceAccount", automountServiceAccountToken=False),
        _manifest(subject, "v1", "Service", spec=_service(subject)),
        _manifest(subject, "apps/v1", "Deployment", spec=_deployment(subject, image)),
        _manifest(subject, "autoscaling/v2", "HorizontalPodAutoscaler", spec=_autoscaler(subject)),
        _manifest(
            subject,
            "policy/v1",
            "PodDisruptionBudget",
            spec={"maxUnavailable": 1, "selector": {"matchLabels": _selector(subject)}},
        ),
    ]


def _manifest(subject: Subject, api: str, kind: str, **body: Any) -> dict[str, Any]:
    labels = {**_selector(subject), "app.kubernetes.io/version": str(subject.version.number)}
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": subject.name, "labels": labels},
        **body,
    }


def _selector(subject: Subject) -> dict[str, str]:
    return {"app.kubernetes.io/name": subject.name, "app.kubernetes.io/part-of": "keel"}


def _service(subject: Subject) -> dict[str, Any]:
    return {
        "selector": _selector(subject),
        "ports": [
            {"name": name, "port": port, "targetPort": name, "appProtocol": name}
            for name, port in PORTS.items()
        ],
    }


def _deployment(subject: Subject, image: str) -> dict[str, Any]:
    labels = {**_selector(subject), "app.kubernetes.io/version": str(subject.version.number)}
    # No number of replicas: the autoscaler's would be undone by every apply.
    return {
        "selector": {"matchLabels": _selector(subject)},
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {
            "metadata": {
                "labels": labels,
                "annotations": {"keel/digest": subject.version.digest},
            },
            "spec": {
                "serviceAccountName": subject.name,
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "terminationGracePeriodSeconds": GRACE_S,
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": USER,
                    "runAsGroup": USER,
                    "fsGroup": USER,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "topologySpreadConstraints": [
                    {
                        "maxSkew": 1,
                        "topologyKey": "kubernetes.io/hostname",
                        "whenUnsatisfiable": "ScheduleAnyway",
                        "labelSelector": {"matchLabels": _selector(subject)},
                    }
                ],
                "containers": [_container(subject, image)],
                "volumes": [
                    {"name": name, "emptyDir": {"sizeLimit": "2Gi"}} for name in ("home", "tmp")
                ],
            },
        },
    }


def _container(subject: Subject, image: str) -> dict[str, Any]:
    return {
        "name": "keel",
        "image": image,
        "ports": [{"name": name, "containerPort": port} for name, port in PORTS.items()],
        "envFrom": [
            {"configMapRef": {"name": subject.name}},
            {"secretRef": {"name": subject.name}},
        ],
        "resources": {
            "requests": {"cpu": "250m", "memory": f"{_memory_mib(subject)}Mi"},
            "limits": {"memory": f"{2 * _memory_mib(subject)}Mi"},
        },
        "startupProbe": {**_probe("live"), "periodSeconds": 2, "failureThreshold": 60},
        "readinessProbe": {**_probe("ready"), "periodSeconds": 5},
        "livenessProbe": {**_probe("live"), "periodSeconds": 10, "timeoutSeconds": 3},
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(LEAVE_S)]}}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "home", "mountPath": HOME},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }


def _probe(asked: str) -> dict[str, Any]:
    return {"httpGet": {"path": f"/v2/health/{asked}", "port": "http"}}


def _memory_mib(subject: Subject) -> int:
    """Of the process and, loaded, its model."""
    held = sum(len(content) for content in subject.exported.files.values())
    return LEAST_MEMORY_MIB + 4 * (held >> 20)


def _autoscaler(subject: Subject) -> dict[str, Any]:
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": subject.name},
        "minReplicas": LEAST_REPLICAS,
        "maxReplicas": MOST_REPLICAS,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": BUSY_PERCENT},
                },
            }
        ],
    }

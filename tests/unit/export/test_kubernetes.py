"""Manifests: their structure as typed values, and against the published schemas where these are."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from keel.export.export import export
from keel.registry.record import Record
from keel.store import Store
from tiny_systems import add, petals

FILES = {
    "ConfigMap": "configmap-v1",
    "ServiceAccount": "serviceaccount-v1",
    "Service": "service-v1",
    "Deployment": "deployment-apps-v1",
    "HorizontalPodAutoscaler": "horizontalpodautoscaler-autoscaling-v2",
    "PodDisruptionBudget": "poddisruptionbudget-policy-v1",
}


@pytest.fixture
def manifests(store: Store, tmp_path: Path) -> dict[str, Any]:
    into = export(store, "petals", "kubernetes", tmp_path / "k8s", image="registry/petals:2")
    documents = list(yaml.safe_load_all((into / "petals.yaml").read_text()))
    return {document["kind"]: document for document in documents}


def test_there_is_one_manifest_of_each_kind_with_one_name(manifests: dict[str, Any]) -> None:
    assert manifests.keys() == FILES.keys()
    for manifest in manifests.values():
        assert manifest["metadata"]["name"] == "petals"
        assert manifest["metadata"]["labels"]["app.kubernetes.io/version"] == "2"


def test_manifests_refer_to_one_another(manifests: dict[str, Any]) -> None:
    deployment = manifests["Deployment"]["spec"]
    pod = deployment["template"]
    selector = deployment["selector"]["matchLabels"]
    assert selector.items() <= pod["metadata"]["labels"].items()
    assert manifests["Service"]["spec"]["selector"] == selector
    assert manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == selector
    target = manifests["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", "petals")
    assert pod["spec"]["serviceAccountName"] == "petals"
    (container,) = pod["spec"]["containers"]
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    ports = {port["name"] for port in container["ports"]}
    assert {port["targetPort"] for port in manifests["Service"]["spec"]["ports"]} <= ports
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] in ports


def test_pods_may_do_little_and_secrets_are_named_not_held(manifests: dict[str, Any]) -> None:
    spec = manifests["Deployment"]["spec"]["template"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert not spec["automountServiceAccountToken"]
    (container,) = spec["containers"]
    allowed = container["securityContext"]
    assert allowed["readOnlyRootFilesystem"]
    assert not allowed["allowPrivilegeEscalation"]
    assert allowed["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"].keys() == {"requests", "limits"}
    assert {"secretRef": {"name": "petals"}} in container["envFrom"]
    assert "Secret" not in manifests
    assert container["image"] == "registry/petals:2"


def test_a_name_that_a_cluster_cannot_have_is_changed(
    store: Store, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    add(store, "Card_Fraud.eu", petals(), make_record=make_record)
    into = export(store, "Card_Fraud.eu", "kubernetes", tmp_path / "k8s")
    assert [path.name for path in into.iterdir()] == ["card-fraud-eu.yaml"]
    documents = list(yaml.safe_load_all((into / "card-fraud-eu.yaml").read_text()))
    assert {document["metadata"]["name"] for document in documents} == {"card-fraud-eu"}


@pytest.mark.parametrize("kind", FILES)
def test_a_manifest_holds_against_the_published_schema(
    manifests: dict[str, Any], kind: str
) -> None:
    folder = os.environ.get("KEEL_TEST_KUBERNETES_SCHEMAS")
    if folder is None:
        pytest.skip(
            "set KEEL_TEST_KUBERNETES_SCHEMAS to a folder of github.com/yannh/"
            "kubernetes-json-schema, such as v1.32.2-standalone-strict"
        )
    schemas = pytest.importorskip("jsonschema_rs", reason="jsonschema-rs is not installed")
    schema = json.loads((Path(folder) / f"{FILES[kind]}.json").read_text())
    schema.pop("$schema", None)
    schemas.validate(schema, manifests[kind])

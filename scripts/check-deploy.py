"""Renders the chart and checks it against Kubernetes' schemas, its own promises, and the service."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import kubernetes_validate
import yaml
from helm_python import Chart, chart
from helm_python.errors import HelmError

CHART = "deploy/helm/latchkey"
# The oldest release that the chart supports, and the newest whose schemas are here.
RELEASES = ["1.28", "1.37.0"]
# Not part of Kubernetes: their operators provide the schemas.
FOREIGN = {"postgresql.cnpg.io/v1", "monitoring.coreos.com/v1"}

# The settings of the service, which scripts/check-docs compares with the code, and those whose values are
# secrets or hold one. A name that looks like that of a secret but is none belongs to PUBLIC.
SETTINGS = set(re.findall(r"^#([A-Z][A-Z0-9_]*)=", Path(".env.example").read_text(), re.M))
FILES = {name for name in SETTINGS if name.endswith("_FILE")}
PUBLIC = {"PUBLIC_URL", "BRAND_LOGO_URL", "TERMS_URL", "PRIVACY_URL", "SUPPORT_URL"}
LOOKS_SECRET = re.compile(r"(^|_)(SECRET|KEYS?|TOKEN(?!_TTL)|PASSWORD|DSN|HEADERS)(_|$)|_URL$")
SECRETS = {name for name in SETTINGS if LOOKS_SECRET.search(name)} - FILES - PUBLIC


def render(**values):
    texts = Chart.load(CHART).render(values, name="accounts", namespace="identity")
    found = [document for name, text in texts.items() if name.endswith(".yaml") for document in yaml.safe_load_all(text)]
    return {document["kind"]: document for document in found if document}


def check_chart():
    report = chart.lint(CHART, strict=True)
    problems = [message for message in report["messages"] if message["severity"] > 1]
    assert not problems and not report["errors"], report
    variants = [
        render(),
        render(autoscaling={"enabled": False}, replicaCount=3, ingress={"enabled": False}),
        render(metrics={"enabled": True}, cloudnativepg={"enabled": True}),
        render(networkPolicy={"databaseCidrs": ["10.1.2.0/24"]}, image={"digest": "sha256:" + "a" * 64}),
        render(
            secretRefs={name: {"secret": "one", "key": name.lower()} for name in SECRETS},
            secretFiles={"secret": "files", "settings": {name: name.lower() for name in FILES}},
        ),
    ]
    for documents in variants:
        for document in documents.values():
            if document["apiVersion"] not in FOREIGN:
                for release in RELEASES:
                    kubernetes_validate.validate(document, release, strict=True)
    check_defaults(variants[0])
    check_choices(*variants[1:4])
    check_secrets(variants[4])
    for wrong in (
        *({"config": {"ALLOWED_ORIGINS": "https://x.example", name: "x"}} for name in SECRETS),
        {"secretFiles": {"settings": {"JWT_PRIVATE_KEY_FILE": "jwt.pem"}}},
        {"config": {"JWT_SECRET": "x"}}, {"replicas": 2}, {"existingSecret": ""}, {"shutdown": {"graceSeconds": -1}},
    ):  # fmt: skip
        try:
            Chart.load(CHART).validate_schema(wrong)
        except HelmError:
            continue
        raise AssertionError(f"values.schema.json accepts {wrong}")


def check_defaults(documents):
    assert sorted(documents) == [
        "Deployment", "HorizontalPodAutoscaler", "Ingress", "Job", "NetworkPolicy", "PodDisruptionBudget", "Service",
    ]  # fmt: skip
    deployment = documents["Deployment"]["spec"]
    assert "replicas" not in deployment, "the autoscaler decides"
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    pod = deployment["template"]["spec"]
    [container] = pod["containers"]
    variables = {entry["name"]: entry.get("value") for entry in container["env"]}
    delay, grace = int(variables["SHUTDOWN_DELAY_SECONDS"]), int(variables["SHUTDOWN_GRACE_SECONDS"])
    assert pod["terminationGracePeriodSeconds"] > delay + grace
    ready = container["readinessProbe"]
    assert ready["periodSeconds"] * ready["failureThreshold"] < delay, "traffic ends before the drain begins"
    assert ready["httpGet"]["path"] == "/health/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert container["startupProbe"]["httpGet"]["path"] == "/health/live"
    assert variables["ENVIRONMENT"] == "production" and "JWT_SECRET" not in variables
    assert set(variables) <= SETTINGS, set(variables) - SETTINGS
    assert container["envFrom"] == [{"secretRef": {"name": "latchkey"}}]
    assert pod["topologySpreadConstraints"] and not pod["automountServiceAccountToken"]
    job = documents["Job"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    for spec in (pod, job["spec"]["template"]["spec"]):
        # The "restricted" profile of Kubernetes' Pod Security Standards.
        assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["seccompProfile"]
        security = spec["containers"][0]["securityContext"]
        assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
        assert security["capabilities"] == {"drop": ["ALL"]}
    selector = documents["Service"]["spec"]["selector"]
    assert selector.items() <= deployment["template"]["metadata"]["labels"].items()
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert not selector.items() <= labels.items(), "no request goes to the migration"
    policy = documents["NetworkPolicy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    ports = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    # DNS, PostgreSQL, mail, Sentry, traces and Redis.
    assert ports == {53, 5432, 465, 587, 443, 4318, 6379}, ports
    assert documents["HorizontalPodAutoscaler"]["spec"]["minReplicas"] > 1


def check_choices(fixed, operated, narrow):
    assert fixed["Deployment"]["spec"]["replicas"] == 3 and "Ingress" not in fixed
    assert "HorizontalPodAutoscaler" not in fixed
    cluster = operated["Cluster"]
    assert cluster["spec"]["instances"] == 3 and cluster["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    container = operated["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    variables = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert f"@{cluster['metadata']['name']}-rw:5432/latchkey?sslmode=require" in variables["DATABASE_URL"]
    names = [entry["name"] for entry in container["env"]]
    assert names.index("DATABASE_PASSWORD") < names.index("DATABASE_URL"), "only earlier variables are put in"
    assert variables["METRICS_ADDR"] == "0.0.0.0:9090"
    [endpoint] = operated["ServiceMonitor"]["spec"]["endpoints"]
    assert endpoint["port"] in [port["name"] for port in operated["Service"]["spec"]["ports"]]
    assert operated["Job"]["metadata"]["annotations"]["helm.sh/hook"] == "post-install,pre-upgrade"
    assert narrow["NetworkPolicy"]["spec"]["egress"][1]["to"] == [{"ipBlock": {"cidr": "10.1.2.0/24"}}]
    assert "@sha256:" in narrow["Deployment"]["spec"]["template"]["spec"]["containers"][0]["image"]


def check_secrets(documents):
    """Every secret can come from any Secret, as a variable or as a file, for the service and the migration."""
    for kind in ("Deployment", "Job"):
        pod = documents[kind]["spec"]["template"]["spec"]
        [container] = pod["containers"]
        variables = {entry["name"]: entry for entry in container["env"]}
        for name in SECRETS:
            assert variables[name]["valueFrom"]["secretKeyRef"] == {"name": "one", "key": name.lower()}, name
        [mount], [volume] = container["volumeMounts"], pod["volumes"]
        assert volume["secret"]["secretName"] == "files" and mount["name"] == volume["name"] and mount["readOnly"]
        for name in FILES:
            assert variables[name]["value"] == f"{mount['mountPath']}/{name.lower()}", name
        names = [entry["name"] for entry in container["env"]]
        assert len(names) == len(set(names)), names


def seconds(text):
    return int(text.rstrip("s"))


def check_units():
    """Supervisors wait longer than the service takes to stop."""
    unit = Path("deploy/latchkey.service").read_text()
    assert int(re.search(r"^TimeoutStopSec=(\d+)$", unit, re.M)[1]) > 35
    services = yaml.safe_load(Path("deploy/compose.yaml").read_text())["services"]
    assert seconds(services["latchkey"]["stop_grace_period"]) > 35
    for name, service in services.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["healthcheck"], name
    service = services["latchkey"]
    assert set(service["environment"]) <= SETTINGS
    # What is not fixed there can be set in .env, also as a file.
    assert service["env_file"] == [".env"] and "./secrets:/run/secrets:ro" in service["volumes"]
    fixed = SECRETS & set(service["environment"])
    assert fixed == {"DATABASE_URL"}, fixed
    networks = yaml.safe_load(Path("deploy/compose.yaml").read_text())["networks"]
    ways_out = [name for name in service["networks"] if not (networks[name] or {}).get("internal")]
    assert ways_out and not set(ways_out) & set(services["caddy"]["networks"]), ways_out


def check_copied_files():
    """The build stage copies the whole workspace that Cargo needs."""
    build = Path("deploy/Dockerfile").read_text().split(" AS build")[1].split("\nFROM ")[0]
    allowed = {line[1:] for line in Path(".dockerignore").read_text().splitlines() if line.startswith("!")}
    with tempfile.TemporaryDirectory() as folder:
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", build, re.M):
            for source in sources.split():
                name = source.rstrip("/")
                assert name in allowed, f".dockerignore leaves {name} out"
                if source.endswith("/"):
                    shutil.copytree(name, Path(folder, name), ignore=shutil.ignore_patterns("target", "corpus"))
                else:
                    shutil.copy(name, folder)
        command = ["cargo", "metadata", "--locked", "--format-version=1", "--no-deps"]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ})
        assert ran.returncode == 0, ran.stderr
    rust = re.search(r'^rust-version = "(.+)"', Path("Cargo.toml").read_text(), re.M)[1]
    assert f"FROM rust:{rust}-bookworm" in Path("deploy/Dockerfile").read_text(), "the image's Rust is the oldest that builds"


check_chart()
check_units()
check_copied_files()
print("check-deploy: the chart, the units and the Dockerfile are in order")

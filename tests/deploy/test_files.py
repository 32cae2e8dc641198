"""The files of deploy/ and the Dockerfile: held against their schemas and each other, and run where they can be."""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from importlib import metadata

import pytest
import yaml
from numpy._core import _multiarray_umath as umath
from packaging.requirements import Requirement

from tests.browser.app import ROOT, answers
from tests.deploy.front import DEPLOY, SHIPPED, fetch, free_ports

KUBERNETES = DEPLOY / "kubernetes"
NGINX = (DEPLOY / "nginx.conf").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERSIONS = ("1.30", "1.37")


def instructions():
    """The Dockerfile as (word, rest) pairs, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def only(word):
    (found,) = (rest for name, rest in instructions() if name == word)
    return found


def environment():
    return dict(re.findall(r'(\w+)="?([^"\s]*)"?', only("ENV")))


def copied():
    """What the Dockerfile takes into the image, by the name that it has there and here."""
    sources = [rest.split() for name, rest in instructions() if name == "COPY"]
    assert all(len(pair) == 2 and pair[1] in (pair[0], "./") for pair in sources)
    return [source for source, _ in sources]


def test_nginx_takes_the_configuration_as_it_is_shipped(nginx_here, tmp_path):
    said = subprocess.run(
        [nginx_here, "-t", "-p", tmp_path, "-c", DEPLOY / "nginx.conf", "-e", "stderr"], capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    assert "warn" not in said.stderr


def test_nginx_takes_what_the_documentation_shows(nginx_here, tmp_path):
    shown = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "deploy.md").read_text(), flags=re.DOTALL)
    own = next(block for block in shown if "location" in block)
    (tmp_path / "nginx.conf").write_text(f"pid nginx.pid; events {{}} http {{ server {{ listen 8080;\n{own}}} }}")
    said = subprocess.run(
        [nginx_here, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", "stderr"],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr


def test_compose_holds_its_schema_and_agrees_with_nginx(schemas):
    schemas("check_jsonschema")
    file = DEPLOY / "compose.yaml"
    said = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", file],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stdout
    services = yaml.safe_load(file.read_text())["services"]
    for name, service in services.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"] and service["mem_limit"], name
    port = environment()["STREAMLIT_SERVER_PORT"]
    addresses = {name: f"{services[name]['networks']['back']['ipv4_address']}:{port}" for name in SHIPPED}
    assert addresses == SHIPPED
    # One door, and only for this machine unless asked otherwise.
    assert {name for name in services if "ports" in services[name]} == {"nginx"}
    assert all(re.fullmatch(r"nginx:\d+\.\d+\.\d+-alpine|backprop-classroom", s["image"]) for s in services.values())
    assert services["nginx"]["ulimits"]["nofile"] == int(re.search(r"rlimit_nofile (\d+)", NGINX)[1])
    assert services["nginx"]["ports"] == ["${BACKPROP_LISTEN:-127.0.0.1}:${BACKPROP_PORT:-8080}:8080"]


@pytest.mark.parametrize("version", VERSIONS)
def test_manifests_hold_the_schemas_of_kubernetes(schemas, version):
    validate = schemas("kubernetes_validate").validate
    for folder in ("base", "shared-tables"):
        kustomization = yaml.safe_load((KUBERNETES / folder / "kustomization.yaml").read_text())
        resources = [name for name in kustomization["resources"] if name.endswith(".yaml")]
        patches = [patch["path"] for patch in kustomization.get("patches", ())]
        files = {path.name for path in (KUBERNETES / folder).iterdir()}
        assert files == {"kustomization.yaml", *resources, *patches}
        for name in resources:
            validate(yaml.safe_load((KUBERNETES / folder / name).read_text()), version, strict=True)


def test_manifests_fit_each_other_and_the_image():
    def read(name):
        return yaml.safe_load((KUBERNETES / "base" / name).read_text())

    deployment = read("deployment.yaml")["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels
    assert read("service.yaml")["spec"]["selector"] == labels
    assert read("disruption.yaml")["spec"]["selector"]["matchLabels"] == labels
    network = read("network.yaml")["spec"]
    assert network["podSelector"]["matchLabels"] == labels and network["egress"] == []
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    image = environment()
    assert container["ports"][0]["containerPort"] == int(image["STREAMLIT_SERVER_PORT"])
    assert network["ingress"][0]["ports"] == [{"protocol": "TCP", "port": int(image["STREAMLIT_SERVER_PORT"])}]
    assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == only("USER")
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {image["HOME"], image["BACKPROP_TABLES"]}
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert read("kustomization.yaml")["images"][0]["newTag"] == PROJECT["version"]
    for kind in ("requests", "limits"):
        assert set(container["resources"][kind]) >= {"memory", "ephemeral-storage"}
    # What the ingress is called is what the app answers to.
    (name,) = (each["value"] for each in container["env"] if each["name"] == "STREAMLIT_SERVER_ALLOWED_HOSTS")
    assert [rule["host"] for rule in read("ingress.yaml")["spec"]["rules"]] == [name]


def test_kustomize_builds_both_ways():
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not on this machine")
    for folder, volume in (("base", "emptyDir"), ("shared-tables", "persistentVolumeClaim")):
        text = subprocess.run([kubectl, "kustomize", KUBERNETES / folder], capture_output=True, text=True, check=True)
        documents = {d["kind"]: d for d in yaml.safe_load_all(text.stdout)}
        pod = documents["Deployment"]["spec"]["template"]["spec"]
        tables = next(v for v in pod["volumes"] if v["name"] == "tables")
        assert set(tables) == {"name", volume}


def test_what_is_needed_is_bounded_and_an_image_is_built_of_exact_versions():
    needed = [Requirement(line) for line in PROJECT["dependencies"]]
    assert all({"<", ">="} == {bound.operator for bound in each.specifier} for each in needed)
    exact = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if line[0] != "#"]
    versions = {each.name: next(iter(each.specifier)) for each in exact}
    assert {bound.operator for bound in versions.values()} == {"=="}
    for each in needed:
        assert each.specifier.contains(versions[each.name].version), each
    # All that comes along with them too; markers of other systems may differ.
    found, coming = set(), needed
    while coming:
        each = coming.pop()
        name = re.sub(r"[-_.]+", "-", each.name).lower()
        if name in found or (each.marker and not each.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        coming += [Requirement(line) for line in metadata.requires(each.name) or ()]
    assert found <= set(versions)
    for name in ("starlette", "uvicorn", "streamlit"):  # imported by name, so needed by name
        assert name in {each.name for each in map(Requirement, PROJECT["dependencies"])}


def test_replicas_on_processors_of_different_kinds_compute_the_same_bits():
    """What NumPy and OpenBLAS choose by the processor is said instead: AVX2, whatever else there is."""
    image = environment()
    assert image["OPENBLAS_CORETYPE"] == "Haswell"
    assert set(image["NPY_DISABLE_CPU_FEATURES"].split(",")) == {
        name for name in umath.__cpu_dispatch__ if name.startswith(("X86_V4", "AVX512"))
    } or "X86_V3" not in umath.__cpu_dispatch__


def test_the_image_runs_as_nobody_and_says_how_it_is():
    base = only("FROM")
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base)  # as exact as a tag can be
    lowest = PROJECT["requires-python"].removeprefix(">=")
    assert [int(n) for n in base.split(":")[1].split("-")[0].split(".")] >= [int(n) for n in lowest.split(".")]
    assert int(only("USER").split(":")[0]) > 0
    assert not [word for word, _ in instructions() if word == "ADD"]
    assert "/_stcore/health" in only("HEALTHCHECK")


def test_what_is_copied_into_the_image_is_enough_to_run(tmp_path):
    app, home = tmp_path / "app", tmp_path / "home"
    app.mkdir()
    home.mkdir()
    ignore = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert ignore[0] == "*" and {f"!{source}" for source in copied()} == {line for line in ignore if line[0] == "!"}
    left_out = [line.removeprefix("**/") for line in ignore[1:] if line[0] != "!"]
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, app / source, ignore=shutil.ignore_patterns(*left_out))
        else:
            shutil.copy(ROOT / source, app / source)
    assert not [path for path in app.rglob("*") if any(fnmatch.fnmatch(path.name, p) for p in left_out)]
    before = sorted(app.rglob("*"))

    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    # Without `site`, and so without the editable install: what was not copied is not found.
    env = environment() | {
        "HOME": str(home),
        "STREAMLIT_SERVER_PORT": str(port),
        "BACKPROP_TABLES": str(tmp_path / "tables"),
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PATH": f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}",
    }
    program, *arguments = [word.replace("0.0.0.0", "127.0.0.1") for word in json.loads(only("CMD"))]
    assert program == "python"
    command = [sys.executable, "-S", *arguments]
    server = subprocess.Popen(command, cwd=app, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        answers(url)
        health = only("HEALTHCHECK").partition("CMD ")[2]
        assert subprocess.run(health, shell=True, env=env).returncode == 0
        for path in ("/", "/stage/web/main.js", "/stage/slice?_from=0&_count=3&v=1"):
            assert fetch(url + path).status == 200, path
    finally:
        server.terminate()
        said = server.communicate(timeout=20)[0]
    assert subprocess.run(health, shell=True, env=env, stderr=subprocess.DEVNULL).returncode != 0
    assert "Traceback" not in said
    assert sorted(app.rglob("*")) == before and not list(home.iterdir())  # nothing was written

"""A batch on an S3 store gives what it gives on files; the store is a server on this machine (extra `test-s3`)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vsme_xl import facts_of, new_workbook

pytest.importorskip("s3fs")
pytest.importorskip("moto.server")

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1"}


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of an S3 store on this machine, which forgets everything afterwards."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def batch(store: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vsme_xl", "batch", *(str(a) for a in arguments)]
    environment = {**os.environ, **KEYS, "AWS_ENDPOINT_URL": store}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def test_input_and_output_in_a_bucket_give_what_files_give(store: str, tmp_path: Path) -> None:
    import s3fs

    fs = s3fs.S3FileSystem(
        key="test", secret="test", endpoint_url=store, client_kwargs={"region_name": "eu-central-1"}
    )
    fs.mkdir("clients", region_name="eu-central-1")
    local = tmp_path / "in"
    (local / "north").mkdir(parents=True)
    for name in ("Alpha", "north/Bäcker & Söhne"):
        answers = {"EntityName": name, "Currency": "EUR", "Turnover": 1e6, "ReportingPeriodEnd": "2025-12-31"}
        new_workbook(local / f"{name}.xlsx", module="basic", answers=facts_of(answers))
        fs.pipe_file(f"clients/in/{name}.xlsx", (local / f"{name}.xlsx").read_bytes())
    (local / "broken.xlsx").write_bytes(b"no workbook")
    fs.pipe_file("clients/in/broken.xlsx", b"no workbook")
    assert batch(store, local, tmp_path / "out", "--workers", 2).returncode == 1

    first = batch(store, "s3://clients/in", "s3://clients/out", "--workers", 2)
    assert first.returncode == 1, first.stderr
    assert "broken.xlsx" in first.stderr and "Processed: 2, unchanged: 0, failed: 1;" in first.stderr
    files = [p for p in (tmp_path / "out").rglob("*") if p.is_file() and p.name != "lock"]
    ours = {path.removeprefix("clients/out/"): fs.cat_file(path) for path in fs.find("clients/out")}
    assert ours == {p.relative_to(tmp_path / "out").as_posix(): p.read_bytes() for p in files}
    assert len(fs.find("clients/in")) == 3

    assert "Processed: 0, unchanged: 2, failed: 1 (" in batch(store, "s3://clients/in", "s3://clients/out").stderr

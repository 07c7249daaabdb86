"""`tools/test-packages` asks nothing of whoever has it all, and names exactly what is missing to everybody else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "test-packages"
BORROWED = ("sh", "uname", "ls", "env")


def answered(folder: Path, commands: dict[str, str], **env: str) -> tuple[int, str]:
    """Exit code and what is said, with these commands alone on the path; each prints a line."""
    folder.mkdir()
    for name in BORROWED:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    for name, line in {"id": "1000", **commands}.items():
        (folder / name).write_text(f"#!{shutil.which('sh')}\necho {line}\n")
        (folder / name).chmod(0o755)
    ran = subprocess.run(["/bin/sh", str(TOOL)], env={"PATH": str(folder), **env}, capture_output=True, text=True)
    return ran.returncode, ran.stderr


@pytest.mark.skipif(os.uname().sysname == "Darwin", reason="Debian's packages are named")
def test_an_ordinary_user_is_told_only_what_is_missing(tmp_path: Path) -> None:
    everything = {"chromium": "", "fc-list": "Noto"}
    assert answered(tmp_path / "all", everything) == (0, "")
    code, said = answered(tmp_path / "browser", {"fc-list": "Noto"})
    assert code == 1
    assert said.splitlines() == [
        "The tests need what is not here yet: chromium. Nothing was installed.",
        "  sudo apt-get install --no-install-recommends chromium",
    ]
    own = tmp_path / "own-chromium"
    own.write_text("")
    own.chmod(0o755)
    assert answered(tmp_path / "elsewhere", {"fc-list": "Noto"}, BAOGONG_CHROMIUM=str(own)) == (0, "")

"""Fills smoothcert/npm, which the wheel brings: the npm package, built and packed, with the packages it depends on.

    npm ci && npm run build && python3 python/bundle.py && python3 -m pip wheel --no-deps --wheel-dir dist ./python

Left out are binaries, which differ between platforms, and types, source maps and prose, but no licence.
"""

import shutil
import subprocess
from pathlib import Path

PYTHON = Path(__file__).parent
UNUSED = (".map", ".d.ts", ".d.mts", ".d.cts", ".md")
KEPT = ("license", "licence", "notice", "copying")
INSTALL = ["--omit=dev", "--omit=optional", "--omit=peer", "--ignore-scripts", "--no-audit", "--no-fund"]


def main():
    target = PYTHON / "smoothcert" / "npm"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    (target / "package.json").write_text('{ "private": true }\n')
    pack = ["npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", target.resolve()]
    subprocess.run(pack, cwd=PYTHON.parent, check=True)
    (tarball,) = target.glob("*.tgz")
    subprocess.run(["npm", "install", *INSTALL, f"./{tarball.name}"], cwd=target, check=True)
    tarball.unlink()
    for file in [file for file in target.rglob("*") if file.name.endswith(UNUSED) and file.is_file()]:
        if not file.name.lower().startswith(KEPT):
            file.unlink()
    shutil.rmtree(target / "node_modules" / ".bin", ignore_errors=True)
    print(f"{target}: {sum(file.stat().st_size for file in target.rglob('*') if file.is_file()) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()

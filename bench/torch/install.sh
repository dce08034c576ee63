# Sourced by the benches that compare with PyTorch, in the repository's root: installs it below bench/.venv.
[ -x bench/.venv/bin/python ] || python3 -m venv bench/.venv
bench/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r bench/torch/requirements.txt

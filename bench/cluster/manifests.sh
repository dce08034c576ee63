#!/usr/bin/env bash
# Checks docker-compose.yml, and what `certify` writes for Kubernetes and Slurm, without any of these: by the schemas in
# two Python packages, and by bash. A wrong field in each must be refused.
#   bench/cluster/manifests.sh [KUBERNETES VERSION ...]   (after npm run build, with Python's venv)
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
versions=("${@:-1.33}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet kubernetes-validate==1.37.0 compose-spec==0.2.1
cd "$folder"
touch model.onnx
node "$root/dist/cli/main.js" certify model.onnx --data mnist --sigma 0.5 --out model.tsv --shard 50 \
  --write-kubernetes job.yaml --write-sbatch job.sh

bash -n job.sh
echo "job.sh: bash reads it"
for version in "${versions[@]}"; do venv/bin/kubernetes-validate --strict --kubernetes-version "$version" job.yaml; done
sed 's/backoffLimitPerIndex/backoffLimitPerImage/' job.yaml > wrong.yaml
if venv/bin/kubernetes-validate --strict --quiet wrong.yaml > /dev/null; then
  echo "a wrong field of the Job was not refused" && exit 1
fi

venv/bin/python - "$root/docker-compose.yml" << 'END'
import sys
from compose_spec import PyCompose

text = open(sys.argv[1]).read()
PyCompose.from_yaml(text).validate()
print("docker-compose.yml: valid by the Compose specification")
try:
    PyCompose.from_yaml(text.replace("depends_on", "depend_on"))
except Exception:
    sys.exit(0)
sys.exit("a wrong field of docker-compose.yml was not refused")
END

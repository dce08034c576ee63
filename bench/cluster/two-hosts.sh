#!/usr/bin/env bash
# A queue over two hosts whose network is cut for longer than the lease of jobs, played by network namespaces: packets
# vanish, and nobody is told. The log must be that of one process.
#   bench/cluster/two-hosts.sh [SECONDS OF THE CUT]   (after npm run build, as root, with iproute2 and redis-server)
# Redis and a worker are on one host, the submitter and another worker on the other.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
skip() { echo "skipped: $1"; exit 0; }
command -v ip > /dev/null || skip "there is no ip (Debian: iproute2)"
command -v redis-server > /dev/null || skip "there is no redis-server"
one=smoothcert-$$-1 two=smoothcert-$$-2
ip netns add "$one" 2> /dev/null || skip "network namespaces are not permitted: run it as root"
folder=$(mktemp -d)
children=()
clean_up() {
  for child in "${children[@]}"; do kill -KILL "$child" 2> /dev/null || true; done
  wait "${children[@]}" 2> /dev/null || true
  ip netns del "$one"
  ip netns del "$two" 2> /dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
ip netns add "$two"
# Two hosts with a cable between them.
ip -n "$one" link add cable type veth peer name cable netns "$two"
ip -n "$one" address add 10.9.9.1/24 dev cable
ip -n "$two" address add 10.9.9.2/24 dev cable
for host in "$one" "$two"; do ip -n "$host" link set lo up; ip -n "$host" link set cable up; done

cd "$folder"
program=(node "$root/dist/cli/main.js")
on() { local host=$1; shift; exec ip netns exec "$host" "$@"; }
"${program[@]}" train --data mnist --model lenet --limit 1000 --epochs 1 --sigma 0.5 --out run > train.out 2>&1
settings=(run --data mnist --n 2000 --max 60 --batch-size 128)
"${program[@]}" certify "${settings[@]}" --threads 1 --out whole.tsv > whole.out 2>&1

export SMOOTHCERT_QUEUE=redis://10.9.9.1:6379 SMOOTHCERT_QUEUE_PASSWORD=secret
(on "$one" redis-server --bind 10.9.9.1 --requirepass secret --appendonly yes --dir "$folder" > redis.out) &
children+=($!)
until ip netns exec "$one" redis-cli -h 10.9.9.1 -a secret ping > /dev/null 2>&1; do sleep 0.2; done
for host in "$one" "$two"; do
  (on "$host" "${program[@]}" worker --models run --threads 1 --batch-size 128 > "worker.$host.out" 2>&1) &
  children+=($!)
done
(on "$two" "${program[@]}" submit "${settings[@]}" --out queued.tsv > submit.out 2>&1) &
submitter=$!
children+=("$submitter")

rows() { if [ -f "$1" ]; then sed 1d "$1" | wc -l; else echo 0; fi; }
until [ "$(rows queued.tsv)" -ge 3 ]; do sleep 0.2; done
ip -n "$one" link set cable down
echo "cut with $(rows queued.tsv) of 60 rows, for $seconds s"
sleep "$seconds"
ip -n "$one" link set cable up
echo "mended with $(rows queued.tsv) rows"
wait "$submitter"
# All but the time, which is the sixth column, and the checksum over it, the last one.
bare() { cut -f 1-5,7-12 "$1"; }
diff <(bare whole.tsv) <(bare queued.tsv)
grep -h 'came more than once' submit.out || true
echo "equal to the log of one process"

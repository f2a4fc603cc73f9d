#!/bin/sh
# Copies every database of Pondproof on this machine into a folder, checks each copy, and keeps the newest seven.
# Usage: backup.sh FOLDER. Point FOLDER at another disk, or copy it away: a card takes its backups with it.
set -eu

folder=${1:?usage: backup.sh FOLDER}
root=$(dirname "$(dirname "$(readlink -f "$0")")")
data=${PONDPROOF_DATA:-/var/lib}
now=$(date -u +%Y%m%dT%H%M%SZ)
keep=7

mkdir -p "$folder"
for database in "$data"/pondproof-*/*.db; do
  [ -e "$database" ] || continue
  part=$(basename "$(dirname "$database")")
  name=$part-$(basename "$database" .db)
  node "$root/edge/main.ts" backup --database "$database" --to "$folder/$name-$now.db"
  # shellcheck disable=SC2012
  ls -1 "$folder/$name"-*.db | sort -r | tail -n +$((keep + 1)) | while read -r old; do rm -f "$old"; done
done

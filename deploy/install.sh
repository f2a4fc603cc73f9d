#!/bin/sh
# Installs the gateway and the reader on Raspberry Pi OS (64-bit) or another Debian. Run it as root from a clone:
#   sudo deploy/install.sh --site huzhou
# It can be run again: what is configured stays, the program is replaced, the services are restarted.
set -eu

site=
while [ $# -gt 0 ]; do
  case $1 in
    --site) site=${2:?--site needs a name}; shift 2 ;;
    --help) sed -n '2,4p' "$0" | cut -c3-; exit 0 ;;
    *) echo "unknown option $1; see --help" >&2; exit 2 ;;
  esac
done

fail() { echo "$1" >&2; exit 1; }
echo "$site" | grep -Eq '^[a-z0-9-]{1,32}$' || fail "--site needs a name of a-z, 0-9 and dashes"
[ "$(id -u)" -eq 0 ] || fail "run it as root: sudo $0 --site $site"
case $(uname -m) in
  aarch64|x86_64) ;;
  *) fail "a 64-bit system is needed; this one is $(uname -m)" ;;
esac
command -v node >/dev/null || fail "Node 24 is needed: see docs/raspberry-pi.md, step 3"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 24 ] || fail "Node 24 or newer is needed, not $(node -v)"

source=$(dirname "$(dirname "$(readlink -f "$0")")")
target=/opt/pondproof
etc=/etc/pondproof

for user in pondproof-gateway pondproof-reader; do
  id "$user" >/dev/null 2>&1 || useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
done

# The new program is complete before the old one goes.
rm -rf "$target.new"
mkdir -p "$target.new"
for part in protocol edge firmware-sim deploy docs tooling package.json package-lock.json; do
  cp -R "$source/$part" "$target.new/"
done
(cd "$target.new" && npm ci --omit=dev --no-audit --no-fund)
rm -rf "$target.old"
[ ! -d "$target" ] || mv "$target" "$target.old"
mv "$target.new" "$target"

install -d -m 0755 "$etc"
install -d -m 0750 -g pondproof-gateway "$etc/secrets"
install -d -m 0750 -g pondproof-gateway "$etc/pki-gateway"
install -d -m 0750 -g pondproof-reader "$etc/pki-reader"
# Made by hand too: the reader's keys are there before its service has ever run.
install -d -m 0700 -o pondproof-reader -g pondproof-reader /var/lib/pondproof-reader
install -d -m 0700 /var/backups/pondproof

if [ ! -e "$etc/secrets/gateway-token" ]; then
  (umask 027; head -c 32 /dev/urandom | base64 | tr -d '=+/\n' >"$etc/secrets/gateway-token")
  chgrp pondproof-gateway "$etc/secrets/gateway-token"
fi
earliest=$(date -u +%Y-%m-%dT00:00:00Z)
for part in gateway reader; do
  [ -e "$etc/$part.json" ] || sed -e "s/SITE/$site/g" -e "s/EARLIEST/$earliest/g" \
    "$target/deploy/config/pi-$part.json" >"$etc/$part.json"
done

cp "$target"/deploy/systemd/pondproof-* /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now pondproof-backup.timer
systemctl enable pondproof-gateway.service pondproof-reader.service

if [ -e "$etc/pki-gateway/broker.crt" ]; then
  systemctl restart pondproof-gateway.service pondproof-reader.service
  echo "installed; see: journalctl -u pondproof-gateway -f"
else
  echo "installed; the certificates are missing still: see docs/raspberry-pi.md, step 5"
fi

#!/usr/bin/env bash
# A signer for the reader around pkcs11-tool (Debian: opensc): the key never leaves the token.
# Usage: PKCS11_PIN_FILE=/etc/pondproof/pin pkcs11.sh MODULE.so KEY_ID    Protocol: docs/probes.md, "A secure element".
set -eu
module=$1 id=$2
PIN=$(cat "$PKCS11_PIN_FILE")
export PIN
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tool() { pkcs11-tool --module "$module" --login --pin env:PIN --id "$id" "$@" 2>/dev/null; }
hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }

while read -r word digest; do
  case $word in
    key)
      tool --read-object --type pubkey --output-file "$work/key" >/dev/null &&
        tail -c 64 "$work/key" >"$work/point" && echo "key $(hex "$work/point")" || echo "error no public key"
      ;;
    sign)
      printf '%b' "$(printf '%s' "$digest" | sed 's/../\\x&/g')" >"$work/digest"
      tool --sign --mechanism ECDSA --input-file "$work/digest" --output-file "$work/signature" >/dev/null &&
        echo "signature $(hex "$work/signature")" || echo "error the token does not sign"
      ;;
    *) echo "error unknown request" ;;
  esac
done

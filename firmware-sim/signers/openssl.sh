#!/usr/bin/env bash
# A signer for the reader that keeps its key in a PEM file and lets openssl sign: a pattern for other tokens.
# Usage: openssl.sh KEY.pem    Protocol: docs/probes.md, "A secure element".
set -eu
key=$1

public_key() {
  openssl ec -in "$key" -pubout -outform DER 2>/dev/null | tail -c 64 | od -An -v -tx1 | tr -d ' \n'
}

# DER has two integers without leading zeros, or with one where the sign bit is set: both become 32 bytes.
raw_signature() {
  openssl asn1parse -inform DER | sed -n 's/.*INTEGER *:\(.*\)$/\1/p' |
    while read -r integer; do printf '%64s' "$integer" | tr ' ' 0; done | tr 'A-F' 'a-f'
}

while read -r word digest; do
  case $word in
    key) echo "key $(public_key)" ;;
    sign)
      signature=$(printf '%b' "$(printf '%s' "$digest" | sed 's/../\\x&/g')" |
        openssl pkeyutl -sign -inkey "$key" | raw_signature) || signature=
      if [ -n "$signature" ]; then echo "signature $signature"; else echo "error openssl does not sign"; fi
      ;;
    *) echo "error unknown request" ;;
  esac
done

#!/bin/sh
# certificates.sh <folder> <server>…: makes an authority (ca.crt, ca.key) and for each server a certificate signed by it
# (<server>.crt, <server>.key, and both as <server>.pem) for its own name and for this machine. What is there and lasts
# for another month is left alone. For machines of one's own: production brings certificates of its own authority.
set -eu
folder=$1
shift
days=825
month_in_seconds=2592000
mkdir -p "$folder"
umask 077
config="$folder/openssl.cnf"

lasts() {
  [ -f "$1" ] && openssl x509 -in "$1" -noout -checkend "$month_in_seconds" >/dev/null
}

if ! lasts "$folder/ca.crt"; then
  cat >"$config" <<END
[req]
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
CN = stagedoor development authority
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
END
  rm -f "$folder"/*.crt
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days "$days" -config "$config" \
    -keyout "$folder/ca.key" -out "$folder/ca.crt.new" 2>/dev/null
  mv "$folder/ca.crt.new" "$folder/ca.crt"
fi

for server in "$@"; do
  lasts "$folder/$server.crt" && continue
  cat >"$config" <<END
[req]
distinguished_name = name
prompt = no
[name]
CN = $server
[server]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
# A broker is also its own controller's client.
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:$server, DNS:localhost, IP:127.0.0.1
END
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config "$config" \
    -keyout "$folder/$server.key" -out "$folder/$server.csr" 2>/dev/null
  openssl x509 -req -sha256 -days "$days" -in "$folder/$server.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" \
    -CAcreateserial -extfile "$config" -extensions server -out "$folder/$server.crt.new" 2>/dev/null
  cat "$folder/$server.key" "$folder/$server.crt.new" >"$folder/$server.pem"
  mv "$folder/$server.crt.new" "$folder/$server.crt"
  rm -f "$folder/$server.csr"
done
rm -f "$config"

#!/bin/sh
# Adds a merchant to a machine with a relink-server for each of several merchants (docs/operations.md, "Several merchants").
# Run it as root, from the folder with nginx.conf:
#
#   ./add-merchant.sh northwind https://relink.northwind.example https://northwind.example "Northwind"
#
# These are a short name, the public address of the merchant's relink-server, the origin of the shop, and the name that
# customers read. The script writes:
#
#   /etc/relink/northwind/relink.env               settings, with ports that no other merchant has
#   /etc/relink/northwind/secrets/                 an empty file for each secret
#   /etc/nginx/conf.d/relink-northwind.conf        host name of the server, from nginx.conf
#
# and, with RELINK_POSTGRES set to the URL of a PostgreSQL role that may create databases, a role and a database; without
# it, the server keeps its data in a file. Keep that role's password in ~/.pgpass: other users see the URL in the list of
# processes. The script overwrites nothing and starts nothing.
set -eu
umask 077

fail() {
  echo "add-merchant.sh: $1" >&2
  exit 1
}

[ $# -eq 4 ] || fail "usage: add-merchant.sh NAME PUBLIC_URL SHOP_ORIGIN MERCHANT_NAME"
name=$1 url=$2 origin=$3 merchant=$4
case $name in
  "" | *[!a-z0-9-]* | -*) fail "a name has small letters, digits and hyphens: $name" ;;
esac
case $url in
  https://*/*) fail "a public address ends after the host name: $url" ;;
  https://*[!a-z0-9.-]*) fail "a public address has a host name in small letters: $url" ;;
  https://?*) host=${url#https://} ;;
  *) fail "a public address begins with https://: $url" ;;
esac
case $origin in
  https://*[!a-zA-Z0-9.:-]*) fail "the shop's origin has nothing but a host name and a port: $origin" ;;
  https://?*) ;;
  *) fail "the shop's origin begins with https://: $origin" ;;
esac
case $merchant in
  *[\"\\\$\`]* | *"
"*) fail "the merchant's name has a character that settings can't have" ;;
esac

etc=${RELINK_ETC:-/etc/relink}
nginx=${RELINK_NGINX:-/etc/nginx/conf.d}
example=$(dirname "$0")/nginx.conf
folder=$etc/$name
[ ! -e "$folder" ] || fail "$folder exists"
[ -r "$example" ] || fail "$example is missing"

# Two ports for each merchant, from 4300 on: one for customers, one for metrics.
last=$(cat "$etc"/*/relink.env 2>/dev/null | sed -n 's/^RELINK_MANAGEMENT_LISTEN=127\.0\.0\.1://p' | sort -n | tail -n 1)
port=$((${last:-4299} + 1))

database=""
if [ -n "${RELINK_POSTGRES:-}" ]; then
  role=relink_$(echo "$name" | tr - _)
  password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
  # Other merchants' roles can't connect. CREATE DATABASE can't be part of a transaction.
  psql "$RELINK_POSTGRES" --no-psqlrc --quiet -v ON_ERROR_STOP=1 >&2 <<SQL
CREATE ROLE $role LOGIN PASSWORD '$password';
GRANT $role TO CURRENT_USER;
CREATE DATABASE $role OWNER $role;
REVOKE ALL ON DATABASE $role FROM PUBLIC;
SQL
  # The same server as in the URL: after the last @ or //, and before the database.
  server=${RELINK_POSTGRES#*://}
  server=${server##*@}
  database="DATABASE_URL=postgres://$role:$password@${server%%/*}/$role"
fi

mkdir -p "$folder/secrets"
for secret in stripe-key stripe-webhook token-key; do
  : >"$folder/secrets/$secret"
done
cat >"$folder/relink.env" <<ENV
RELINK_MERCHANT_NAME="$merchant"
RELINK_PUBLIC_URL=$url
RELINK_ORIGINS=$origin
RELINK_LISTEN=127.0.0.1:$port
RELINK_MANAGEMENT_LISTEN=127.0.0.1:$((port + 1))
RELINK_TRUSTED_PROXIES=127.0.0.1
RELINK_TOKEN_ALGORITHM=EdDSA
STRIPE_PUBLISHABLE_KEY=
$database
ENV
mkdir -p "$nginx"
sed -e "s/relink\.shop\.example/$host/g" \
  -e "s/10\.0\.0\.11:4280/127.0.0.1:$port/" -e '/10\.0\.0\.12/d' \
  -e "s/^upstream relink /upstream relink-$name /" -e "s#http://relink;#http://relink-$name;#" \
  "$example" >"$nginx/relink-$name.conf"

cat <<NEXT
$name has the ports $port and $((port + 1)).
1. Write the merchant's restricted key, signing secret and public key for tokens into the files of $folder/secrets,
   and STRIPE_PUBLISHABLE_KEY into $folder/relink.env.
2. Put the certificate of $host where $nginx/relink-$name.conf has it, and reload nginx.
3. systemctl enable --now relink@$name
4. At Stripe, send the merchant's events to $url/webhooks/stripe.
NEXT

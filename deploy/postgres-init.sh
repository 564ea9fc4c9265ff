#!/bin/bash
# Run once by the postgres image on an empty volume: the application's own role, which is no
# superuser, and its database.
set -euo pipefail

password=$(cat /run/secrets/database_password)
psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  -v password="$password" <<'SQL'
CREATE ROLE dieuphoi LOGIN PASSWORD :'password';
CREATE DATABASE dieuphoi OWNER dieuphoi ENCODING 'UTF8' TEMPLATE template0
  LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
REVOKE CONNECT ON DATABASE dieuphoi FROM PUBLIC;
SQL

# Run once by the image of Postgres, on an empty volume: the services' account is no superuser, and owns one database.
# The superuser keeps no password: it comes in from inside only (docker-compose exec postgres psql -U postgres touchline).
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv password POSTGRES_PASSWORD
CREATE ROLE touchline LOGIN PASSWORD :'password';
CREATE DATABASE touchline OWNER touchline;
CREATE ROLE touchline_read NOLOGIN;
ALTER ROLE CURRENT_USER PASSWORD NULL;
SQL

-- 1 rows
SELECT CASE
    WHEN (SELECT count(extname) FROM pg_catalog.pg_extension WHERE extname = 'bdr') > 0 THEN 'pgd'
    WHEN (SELECT COUNT(*) FROM pg_replication_slots) > 0 THEN 'log'
    ELSE NULL
END AS type;

-- 1 rows
SELECT roles.oid AS id, roles.rolname AS name, roles.rolsuper AS is_superuser,
    CASE WHEN roles.rolsuper THEN true ELSE roles.rolcreaterole END AS can_create_role,
    CASE WHEN roles.rolsuper THEN true ELSE roles.rolcreatedb END AS can_create_db
FROM pg_catalog.pg_roles AS roles WHERE rolname = current_user;

-- 1 rows
SELECT pg_postmaster_start_time() <= clock_timestamp() AS started, txid_current() > 0 AS counted, gen_random_uuid() <> gen_random_uuid() AS unique;

-- 1 rows
SELECT pg_typeof(1) AS a, pg_typeof('x') AS b, pg_typeof(current_schemas(true)) AS c;

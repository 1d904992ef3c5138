-- SQLAlchemy 1.4.54 with psycopg2 2.9.13, which Superset asks by, about `film`.
-- done
BEGIN;

-- 0 rows
SELECT t.oid, typarray
FROM pg_type t JOIN pg_namespace ns
    ON typnamespace = ns.oid
WHERE typname = 'hstore';

-- 1 rows
select pg_catalog.version();

-- 1 rows
select current_schema();

-- 1 rows
show transaction isolation level;

-- 1 rows
show standard_conforming_strings;

-- 4 rows
SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%' ORDER BY nspname;

-- 2 rows
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind in ('r', 'p');

-- 0 rows
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'f';

-- 1 rows
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm');

-- 1 rows
SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (n.nspname = 'public')
            AND c.relname = 'film' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p');

-- 2 rows
SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 418524755
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum;

-- 0 rows
SELECT t.typname as "name",
               pg_catalog.format_type(t.typbasetype, t.typtypmod) as "attype",
               not t.typnotnull as "nullable",
               t.typdefault as "default",
               pg_catalog.pg_type_is_visible(t.oid) as "visible",
               n.nspname as "schema"
            FROM pg_catalog.pg_type t
               LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
            WHERE t.typtype = 'd';

-- 0 rows
SELECT t.typname as "name",
               pg_catalog.pg_type_is_visible(t.oid) as "visible",
               n.nspname as "schema",
               e.enumlabel as "label"
            FROM pg_catalog.pg_type t
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                 LEFT JOIN pg_catalog.pg_enum e ON t.oid = e.enumtypid
            WHERE t.typtype = 'e'
        ORDER BY "schema", "name", e.oid;

-- 0 rows
SELECT a.attname
                FROM pg_attribute a JOIN (
                    SELECT unnest(ix.indkey) attnum,
                           generate_subscripts(ix.indkey, 1) ord
                    FROM pg_index ix
                    WHERE ix.indrelid = 418524755 AND ix.indisprimary
                    ) k ON a.attnum=k.attnum
                WHERE a.attrelid = 418524755
                ORDER BY k.ord;

-- 0 rows
SELECT conname
           FROM  pg_catalog.pg_constraint r
           WHERE r.conrelid = 418524755 AND r.contype = 'p'
           ORDER BY 1;

-- 0 rows
SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 418524755
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname;

-- 0 rows
SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c
          WHERE r.conrelid = 418524755 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1;

-- 0 rows
SELECT
                pgd.description as table_comment
            FROM
                pg_catalog.pg_description pgd
            WHERE
                pgd.objsubid = 0 AND
                pgd.objoid = 418524755;

-- 0 rows
SELECT
                cons.conname as name,
                cons.conkey as key,
                a.attnum as col_num,
                a.attname as col_name
            FROM
                pg_catalog.pg_constraint cons
                join pg_attribute a
                  on cons.conrelid = a.attrelid AND
                    a.attnum = ANY(cons.conkey)
            WHERE
                cons.conrelid = 418524755 AND
                cons.contype = 'u';

-- 1 rows
SELECT pg_get_viewdef(c.oid) view_def FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relname = 'films' AND c.relkind IN ('v', 'm');

-- 1 rows
select relname from pg_class c join pg_namespace n on n.oid=c.relnamespace where n.nspname='public' and relname='film';

-- done
ROLLBACK;

-- What Superset adds: databases, the schema of its editor, how much a query costs, and a statement that is ended.
-- 1 rows
SELECT datname FROM pg_database
WHERE datistemplate = false;

-- done
set search_path = "public";

-- rows
EXPLAIN SELECT * FROM film;

-- 1 rows
SELECT pg_backend_pid();

-- done
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid='7';

-- done
SELECT * FROM public.film LIMIT 1001;

-- 1 rows
SELECT count(*) AS count FROM (SELECT TIMESTAMP '2024-02-29 12:00:00' AS ds) AS virtual_table
WHERE ds >= TO_TIMESTAMP('2024-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND ds < TO_TIMESTAMP('2025-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')
HAVING count(*) = 1;

-- 1 rows
SELECT 1 WHERE DATE '2024-02-29' >= TO_DATE('2024-02-29', 'YYYY-MM-DD') AND to_char(DATE '2024-02-29', 'YYYY-MM') = '2024-02';

-- done
SELECT DATE_TRUNC('day', CURRENT_TIMESTAMP) AS __timestamp, count(*) AS count FROM public.film GROUP BY DATE_TRUNC('day', CURRENT_TIMESTAMP) ORDER BY count DESC LIMIT 10000;

-- The nightly job: finds the projects of the register that repeat, continue or resemble an earlier one, and publishes them with the keys by which
-- new filings are looked up. Readers see an edition whole, once it is published, and the one before until then.
--   huitong job submit apps/park-projects/nightly.sql --name park_projects --cron "0 2 * * *"
-- 夜间作业：找出备案库中与此前项目重复、分期或同质的项目，连同新申请检索用的候选键一并发布；发布前读者看到的是上一版本。

-- What a run that was cut off has left · 清理中断的作业所留
DELETE FROM park_projects.key WHERE NOT EXISTS (SELECT 1 FROM park_projects.publication AS made WHERE made.edition = key.edition);
DELETE FROM park_projects.pair WHERE NOT EXISTS (SELECT 1 FROM park_projects.publication AS made WHERE made.edition = pair.edition);
DELETE FROM park_projects.near_line WHERE NOT EXISTS (SELECT 1 FROM park_projects.publication AS made WHERE made.edition = near_line.edition);
DELETE FROM park_projects.group_member WHERE NOT EXISTS (SELECT 1 FROM park_projects.publication AS made WHERE made.edition = group_member.edition);

INSERT INTO park_projects.key (edition, project_id, key)
SELECT concat(:tick, '/', :run), project_id, key
FROM (
SELECT project_id, unnest(get_field(features, 'keys')) AS key
FROM (
  SELECT project_id, project_features(project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel,
                                      CAST(investment AS DOUBLE), phase) AS features
  FROM park_projects.project
))
ORDER BY key;

-- The earlier of two comes first. Of similar lines the five nearest of each project stay: many firms may make the same
-- · 先申报者在前；同类产线每个项目只保留最接近的五个
INSERT INTO park_projects.pair (edition, earlier_id, later_id, relation, score, band, reasons_zh, reasons_en)
WITH ordered AS (
  SELECT CASE WHEN r.filed_on < l.filed_on THEN id_r ELSE id_l END AS earlier_id,
         CASE WHEN r.filed_on < l.filed_on THEN id_l ELSE id_r END AS later_id, relation, score, band, reasons_zh, reasons_en
  FROM duplicate_pairs((
    SELECT project_id, project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel,
           CAST(investment AS DOUBLE) AS investment, phase
    FROM park_projects.project
  ), id => project_id, project_code => project_code, title => title, abstract => abstract, credit_code => applicant_credit_code,
     applicant => applicant_name, industry => industry, park => park, parcel => parcel, investment => investment, phase => phase) AS found
  JOIN park_projects.project AS l ON l.project_id = found.id_l
  JOIN park_projects.project AS r ON r.project_id = found.id_r
)
SELECT concat(:tick, '/', :run), earlier_id, later_id, relation, score, band, reasons_zh, reasons_en
FROM (SELECT *, row_number() OVER (PARTITION BY later_id, relation ORDER BY score DESC, earlier_id) AS place FROM ordered)
WHERE relation <> 'similar_line' OR place <= 5;

-- What reviewers have decided of a pair goes before what the model says of it. Two that are parted stay in one group as long as a third is
-- linked to both · 复核结论优先；两个项目即使判为无关，若都与第三个项目重复，仍在一组
INSERT INTO park_projects.group_member (edition, group_id, project_id, centrality)
WITH agreed AS (
  SELECT pair.earlier_id AS id_l, pair.later_id AS id_r, pair.relation, pair.score
  FROM park_projects.pair AS pair
  LEFT JOIN park_projects.decided AS decided
    ON decided.least_id = least(pair.earlier_id, pair.later_id) AND decided.greatest_id = greatest(pair.earlier_id, pair.later_id)
  WHERE pair.edition = concat(:tick, '/', :run) AND pair.band = 'auto' AND decided.relation IS NULL
  UNION ALL
  SELECT decided.earlier_id AS id_l, decided.later_id AS id_r, decided.relation, CAST(1 AS DOUBLE) AS score
  FROM park_projects.decided AS decided
  JOIN park_projects.project AS earlier ON earlier.project_id = decided.earlier_id
  JOIN park_projects.project AS later ON later.project_id = decided.later_id
)
SELECT concat(:tick, '/', :run), group_id, id, centrality FROM duplicate_groups((SELECT * FROM agreed));

-- What the title says is made, by park
INSERT INTO park_projects.near_line (edition, park, industry, product, projects, firms, other_parks, investment)
WITH made AS (
  SELECT park, industry, investment, get_field(features, 'title') AS product,
         coalesce(get_field(features, 'credit_code'), get_field(features, 'firm')) AS firm
  FROM (SELECT park, industry, investment, project_features(NULL, title, NULL, applicant_credit_code, applicant_name, NULL, park, NULL, NULL, NULL)
          AS features FROM park_projects.project)
),
by_park AS (
  SELECT park, max(industry) AS industry, product, count(*) AS projects, count(DISTINCT firm) AS firms, sum(investment) AS investment
  FROM made WHERE park IS NOT NULL AND product IS NOT NULL GROUP BY park, product
)
SELECT concat(:tick, '/', :run), park, industry, product, projects, firms, other_parks, investment
FROM (SELECT *, count(*) OVER (PARTITION BY product) - 1 AS other_parks FROM by_park)
WHERE firms > 1;

-- ---- Publish · 发布 ----

INSERT INTO park_projects.publication (edition, run, due_at, projects, pairs)
SELECT concat(:tick, '/', :run), :run, CAST(:tick AS TIMESTAMP), project.n, pair.n
FROM (SELECT count(*) AS n FROM park_projects.project) AS project
CROSS JOIN (SELECT count(*) AS n FROM park_projects.pair WHERE edition = concat(:tick, '/', :run)) AS pair;

-- The last two editions stay, for answers that are being read · 保留最近两个版本
DELETE FROM park_projects.key WHERE edition < (SELECT min(edition) FROM (SELECT edition FROM park_projects.publication ORDER BY edition DESC LIMIT 2));
DELETE FROM park_projects.pair WHERE edition < (SELECT min(edition) FROM (SELECT edition FROM park_projects.publication ORDER BY edition DESC LIMIT 2));
DELETE FROM park_projects.group_member WHERE edition < (SELECT min(edition) FROM (SELECT edition FROM park_projects.publication ORDER BY edition DESC LIMIT 2));
DELETE FROM park_projects.near_line WHERE edition < (SELECT min(edition) FROM (SELECT edition FROM park_projects.publication ORDER BY edition DESC LIMIT 2));

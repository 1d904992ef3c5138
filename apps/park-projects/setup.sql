-- Tables and views of the park-project application. Run it once, and again after a change of it; the nightly job (nightly.sql) fills the
-- tables. 园区项目重复申报核查的表和视图。执行一次即可，修改后再执行；表由夜间作业（nightly.sql）填写。

CREATE SCHEMA IF NOT EXISTS park_projects;

-- ---- What people bring in · 人工录入 ----

-- Filings that the counter takes in, and what became of them: none while one waits; entered into the register under a number of its own;
-- withdrawn; not taken because the city has the project already. Times are UTC · 窗口受理的备案申请及办理结果：待办为空；registered 已入库并填写项目编号；
-- withdrawn 撤回；duplicate 因重复不予受理
CREATE TABLE IF NOT EXISTS park_projects.filing (
  filing_id VARCHAR NOT NULL,
  project_code VARCHAR,
  title VARCHAR NOT NULL,
  abstract VARCHAR,
  applicant_credit_code VARCHAR,
  applicant_name VARCHAR,
  industry VARCHAR,
  park VARCHAR,
  parcel VARCHAR,
  investment DECIMAL(18, 2),
  phase BIGINT,
  filed_on DATE NOT NULL,
  outcome VARCHAR,
  project_id VARCHAR,
  closed_at TIMESTAMP,
  CONSTRAINT outcome CHECK (outcome IS NULL OR outcome IN ('registered', 'withdrawn', 'duplicate')),
  CONSTRAINT number_of_the_register CHECK (outcome IS NULL OR outcome <> 'registered' OR project_id IS NOT NULL),
  CONSTRAINT closed CHECK (outcome IS NULL OR closed_at IS NOT NULL)
);

-- What reviewers decide of two projects (of a filing that waits: `filing/` and its number): one of the four relations, or none. The newest
-- decision of a pair holds, at once and for all nights to come · 人工复核结论：四种关系之一或“none”（无关）。以最新结论为准，立即生效并一直保留
CREATE TABLE IF NOT EXISTS park_projects.decision (
  earlier_id VARCHAR NOT NULL,
  later_id VARCHAR NOT NULL,
  relation VARCHAR NOT NULL,
  decided_by VARCHAR NOT NULL,
  decided_at TIMESTAMP NOT NULL,
  reason VARCHAR,
  CONSTRAINT relation CHECK (relation IN ('same_filing', 'same_project', 'split_phase', 'similar_line', 'none')),
  CONSTRAINT two_projects CHECK (earlier_id <> later_id)
);

-- ---- What the nightly job keeps; a night is read once it is published · 夜间作业的结果，发布后方可读取 ----

-- An edition is what one run of the job made; the newest one that is published is read, also while the next is being made
-- · 每次作业形成一个版本；始终读取最近发布的版本
CREATE TABLE IF NOT EXISTS park_projects.publication (
  edition VARCHAR NOT NULL, run VARCHAR NOT NULL, due_at TIMESTAMP NOT NULL, projects BIGINT, pairs BIGINT
);

-- Numbers of which projects that are worth a comparison share one: what a new filing is looked up by
-- · 候选键：值得比较的项目至少有一个相同的键，新申请据此检索
CREATE TABLE IF NOT EXISTS park_projects.key (edition VARCHAR NOT NULL, project_id VARCHAR NOT NULL, key BIGINT NOT NULL);

-- Projects that repeat, continue or resemble an earlier one · 与此前项目重复、分期或同质的项目
CREATE TABLE IF NOT EXISTS park_projects.pair (
  edition VARCHAR NOT NULL, earlier_id VARCHAR NOT NULL, later_id VARCHAR NOT NULL, relation VARCHAR NOT NULL, score DOUBLE, band VARCHAR,
  reasons_zh VARCHAR, reasons_en VARCHAR
);

-- Projects that are one; the centrality says of how many of the others a project is known to be a duplicate
-- · 同一项目的各次申报；中心度为与组内其他申报直接重复的比例
CREATE TABLE IF NOT EXISTS park_projects.group_member (
  edition VARCHAR NOT NULL, group_id VARCHAR NOT NULL, project_id VARCHAR NOT NULL, centrality DOUBLE
);

-- What is made in which park by how many firms · 各园区的产品及生产企业数
CREATE TABLE IF NOT EXISTS park_projects.near_line (
  edition VARCHAR NOT NULL, park VARCHAR NOT NULL, industry VARCHAR, product VARCHAR NOT NULL, projects BIGINT, firms BIGINT, other_parks BIGINT,
  investment DECIMAL(28, 2)
);

-- ---- What is read · 查询视图 ----

-- The register of filings as it is compared · 用于比对的项目备案库
CREATE OR REPLACE VIEW park_projects.project AS
SELECT CAST(project_id AS VARCHAR) AS project_id, project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel,
       investment, phase, filed_on
FROM legal.park_project;

-- Whom to ask about a project · 项目联系人
CREATE OR REPLACE VIEW park_projects.project_contact AS
SELECT CAST(project_id AS VARCHAR) AS project_id, contact, contact_phone FROM legal.park_project;

-- Filings that are compared: those that wait, and those that entered the register since the last night read it
-- · 参与比对的申请：待办的，以及最近一次夜间作业之后入库的
CREATE OR REPLACE VIEW park_projects.recent AS
SELECT concat('filing/', filing_id) AS id, outcome IS NULL AS is_waiting, project_code, title, abstract, applicant_credit_code, applicant_name,
       industry, park, parcel, CAST(investment AS DOUBLE) AS investment, phase, filed_on
FROM park_projects.filing
WHERE outcome IS NULL OR (outcome = 'registered' AND closed_at > coalesce((SELECT max(due_at) AS due_at FROM park_projects.publication), TIMESTAMP '1970-01-01 00:00:00'));

-- The newest decision of each pair, whichever of the two it names first. What was decided of a filing is known of its project once a night
-- has read it · 各项目对的最新复核结论；申请入库并经夜间作业后，其结论转到入库后的项目编号
CREATE OR REPLACE VIEW park_projects.decided AS
WITH entered AS (
  SELECT concat('filing/', filing_id) AS id, project_id FROM park_projects.filing
  WHERE outcome = 'registered' AND closed_at <= (SELECT max(due_at) AS due_at FROM park_projects.publication)
),
named AS (
  SELECT coalesce(one.project_id, decision.earlier_id) AS earlier_id, coalesce(other.project_id, decision.later_id) AS later_id,
         decision.relation, decision.decided_by, decision.decided_at, decision.reason
  FROM park_projects.decision AS decision
  LEFT JOIN entered AS one ON one.id = decision.earlier_id
  LEFT JOIN entered AS other ON other.id = decision.later_id
)
SELECT least(earlier_id, later_id) AS least_id, greatest(earlier_id, later_id) AS greatest_id, earlier_id, later_id, relation, decided_by, reason
FROM (SELECT *, row_number() OVER (PARTITION BY least(earlier_id, later_id), greatest(earlier_id, later_id)
                                   ORDER BY decided_at DESC, relation) AS age FROM named)
WHERE age = 1 AND earlier_id <> later_id;

-- How projects of the register are related, decisions of reviewers before what the model says; the one that was filed first comes first
-- · 项目之间的关系，复核结论优先，先申报者在前
CREATE OR REPLACE VIEW park_projects.related AS
WITH found AS (
  SELECT * FROM park_projects.pair WHERE edition = (SELECT max(edition) FROM park_projects.publication)
),
decided AS (
  SELECT made.least_id, made.greatest_id, made.relation, made.decided_by, made.reason,
         CASE WHEN other.filed_on < one.filed_on THEN made.later_id ELSE made.earlier_id END AS earlier_id,
         CASE WHEN other.filed_on < one.filed_on THEN made.earlier_id ELSE made.later_id END AS later_id
  FROM park_projects.decided AS made
  JOIN park_projects.project AS one ON one.project_id = made.earlier_id
  JOIN park_projects.project AS other ON other.project_id = made.later_id
)
SELECT coalesce(found.earlier_id, decided.earlier_id) AS earlier_id, coalesce(found.later_id, decided.later_id) AS later_id,
       coalesce(decided.relation, found.relation) AS relation, found.score,
       CASE WHEN decided.relation IS NOT NULL THEN 'decided' ELSE found.band END AS band,
       found.reasons_zh, found.reasons_en, decided.decided_by, decided.reason AS decided_reason
FROM found
FULL JOIN decided ON decided.least_id = least(found.earlier_id, found.later_id) AND decided.greatest_id = greatest(found.earlier_id, found.later_id)
WHERE coalesce(decided.relation, found.relation) <> 'none';

-- Projects that are one, as the newest night has them · 重复项目分组（最近发布的版本）
CREATE OR REPLACE VIEW park_projects.project_group AS
SELECT group_id, project_id, centrality
FROM park_projects.group_member WHERE edition = (SELECT max(edition) FROM park_projects.publication);

-- Which project a filing repeats, and why · 重复申报：重复了哪个项目及依据
CREATE OR REPLACE VIEW park_projects.repeated AS
SELECT related.later_id, later.title AS later_title, later.applicant_name AS later_applicant, later.park AS later_park,
       later.filed_on AS later_filed_on, later.investment AS later_investment, related.relation, related.score, related.band,
       related.earlier_id, earlier.title AS earlier_title, earlier.applicant_name AS earlier_applicant, earlier.park AS earlier_park,
       earlier.filed_on AS earlier_filed_on, related.reasons_zh, related.reasons_en
FROM park_projects.related AS related
JOIN park_projects.project AS earlier ON earlier.project_id = related.earlier_id
JOIN park_projects.project AS later ON later.project_id = related.later_id
WHERE related.relation IN ('same_filing', 'same_project') AND related.band IN ('auto', 'decided');

-- The same with whom to ask · 附先申报项目的联系人
CREATE OR REPLACE VIEW park_projects.duplicate AS
SELECT repeated.*, contact.contact AS ask, contact.contact_phone AS ask_phone
FROM park_projects.repeated AS repeated
LEFT JOIN park_projects.project_contact AS contact ON contact.project_id = repeated.earlier_id;

-- Pairs that somebody has to look at, both projects side by side · 待人工复核的项目对
CREATE OR REPLACE VIEW park_projects.review AS
SELECT related.earlier_id, related.later_id, related.relation, related.score, earlier.title AS earlier_title, later.title AS later_title,
       earlier.applicant_name AS earlier_applicant, later.applicant_name AS later_applicant, earlier.park AS earlier_park, later.park AS later_park,
       earlier.abstract AS earlier_abstract, later.abstract AS later_abstract, related.reasons_zh, related.reasons_en
FROM park_projects.related AS related
JOIN park_projects.project AS earlier ON earlier.project_id = related.earlier_id
JOIN park_projects.project AS later ON later.project_id = related.later_id
WHERE related.band = 'review';

-- Duplicates that the register has, by park and year of the later filing; each filing counts once
-- · 备案库中各园区各年的重复项目，每个申报只计一次
CREATE OR REPLACE VIEW park_projects.duplicates_by_park AS
SELECT park, year, count(*) AS filings, sum(investment) AS investment, count(*) FILTER (WHERE is_from_elsewhere) AS known_elsewhere
FROM (
  SELECT later_id, later_park AS park, CAST(date_part('year', later_filed_on) AS INT) AS year, max(later_investment) AS investment,
         bool_or(earlier_park <> later_park) AS is_from_elsewhere
  FROM park_projects.repeated
  GROUP BY later_id, later_park, date_part('year', later_filed_on)
)
GROUP BY park, year;

-- Duplicates avoided: filings that the counter did not take because the city has the project, by park and year
-- · 各园区各年避免的重复项目：窗口因重复不予受理的申请
CREATE OR REPLACE VIEW park_projects.avoided_by_park AS
SELECT park, CAST(date_part('year', closed_at) AS INT) AS year, count(*) AS filings, sum(investment) AS investment
FROM park_projects.filing WHERE outcome = 'duplicate' GROUP BY park, date_part('year', closed_at);

-- Near lines: products that several firms of a park make, and how many other parks have them · 同质产线：园区内多家企业生产的同类产品
CREATE OR REPLACE VIEW park_projects.near_lines_by_park AS
SELECT park, industry, product, projects, firms, other_parks, investment
FROM park_projects.near_line WHERE edition = (SELECT max(edition) FROM park_projects.publication);

-- What a new filing is compared with: the register, and other recent filings · 新申请的比对范围：备案库和其他近期申请
CREATE OR REPLACE VIEW park_projects.known AS
SELECT project_id AS id, 'register' AS source, project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel,
       CAST(investment AS DOUBLE) AS investment, phase, filed_on
FROM park_projects.project
UNION ALL
SELECT id, 'filing' AS source, project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, investment, phase, filed_on
FROM park_projects.recent;

-- Their keys: those of the register as the night made them · 及其候选键
CREATE OR REPLACE VIEW park_projects.known_key AS
SELECT project_id AS id, key FROM park_projects.key WHERE edition = (SELECT max(edition) FROM park_projects.publication)
UNION ALL
SELECT id, unnest(get_field(features, 'keys')) AS key
FROM (
  SELECT id, project_features(project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, investment, phase) AS features
  FROM park_projects.recent
);

-- The check at filing: what there is already that a filing repeats, continues or resembles, by the model or by what was decided. Of the
-- register only what shares a key with it is compared; of similar lines the five nearest are told
-- · 备案核查：新申请重复、延续或类似的项目，附依据和联系人，复核结论优先；同类产线只列最接近的五个
CREATE OR REPLACE VIEW park_projects.filing_check AS
WITH found AS (
  SELECT id_l AS id, id_r AS other_id, relation, score, band, reasons_zh, reasons_en,
         row_number() OVER (PARTITION BY id_l, relation ORDER BY score DESC, id_r) AS place
  FROM duplicate_pairs((
    SELECT id, project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, investment, phase
    FROM park_projects.recent WHERE is_waiting
  ), against => TABLE park_projects.known, index => TABLE park_projects.known_key,
    id => id, project_code => project_code, title => title, abstract => abstract, credit_code => applicant_credit_code,
    applicant => applicant_name, industry => industry, park => park, parcel => parcel, investment => investment, phase => phase)
),
decided AS (
  SELECT earlier_id AS id, later_id AS other_id, relation FROM park_projects.decided WHERE earlier_id LIKE 'filing/%'
  UNION ALL
  SELECT later_id AS id, earlier_id AS other_id, relation FROM park_projects.decided WHERE later_id LIKE 'filing/%'
),
told AS (
  SELECT coalesce(found.id, decided.id) AS id, coalesce(found.other_id, decided.other_id) AS other_id,
         coalesce(decided.relation, found.relation) AS relation, found.score,
         CASE WHEN decided.relation IS NOT NULL THEN 'decided' ELSE found.band END AS band, found.reasons_zh, found.reasons_en
  FROM found
  FULL JOIN decided ON decided.id = found.id AND decided.other_id = found.other_id
  WHERE coalesce(decided.relation, found.relation) <> 'none'
    AND (decided.relation IS NOT NULL OR found.relation <> 'similar_line' OR found.place <= 5)
)
SELECT substr(told.id, 8) AS filing_id, told.relation, told.score, told.band, known.source, told.other_id,
       known.title AS other_title, known.applicant_name AS other_applicant, known.park AS other_park, known.filed_on AS other_filed_on,
       contact.contact AS ask, contact.contact_phone AS ask_phone, told.reasons_zh, told.reasons_en
FROM told
JOIN park_projects.recent AS waiting ON waiting.id = told.id AND waiting.is_waiting
JOIN park_projects.known AS known ON known.id = told.other_id
LEFT JOIN park_projects.project_contact AS contact ON contact.project_id = told.other_id;

-- Filings that somebody has to look at before the counter goes on · 须人工复核的待办申请
CREATE OR REPLACE VIEW park_projects.filing_review AS
SELECT filing_id, relation, score, source, other_id, other_title, other_applicant, other_park, other_filed_on, reasons_zh, reasons_en
FROM park_projects.filing_check WHERE band = 'review';

-- Tables and views of the housing–marriage application. Run it once, and again after a change of it; the nightly job (nightly.sql) fills
-- the tables. 住房婚姻关联应用的表和视图。执行一次即可，修改后再执行；表由夜间作业（nightly.sql）填写。

CREATE SCHEMA IF NOT EXISTS housing_marriage;

-- ---- What people bring in · 人工录入 ----

-- Families that apply for a first home: who, as of which day, and what they declare of their marriage
-- · 首套住房资格申请：申请人、核查日，以及本人承诺的婚姻状况
CREATE TABLE IF NOT EXISTS housing_marriage.application (
  application_id VARCHAR NOT NULL,
  citizen_id VARCHAR NOT NULL,
  day DATE NOT NULL,
  declared_status VARCHAR,
  spouse_citizen_id VARCHAR
);

-- Homes that somebody declares, one row each; a row without a unit says that there is none
-- · 住房申报，每套一行；无住房的填一行空单元号
CREATE TABLE IF NOT EXISTS housing_marriage.declaration (
  declaration_id VARCHAR NOT NULL,
  citizen_id VARCHAR NOT NULL,
  day DATE NOT NULL,
  unit_number VARCHAR
);

-- Sales that were filed and are not registered yet · 已网签、尚未登记的买卖
CREATE TABLE IF NOT EXISTS housing_marriage.pending_filing (
  filing_id VARCHAR NOT NULL,
  citizen_id VARCHAR NOT NULL,
  unit_number VARCHAR NOT NULL,
  filed_on DATE NOT NULL,
  withdrawn_on DATE
);

-- What reviewers decide of two records: one person or two. The newest decision of a pair holds from the next night on; the record ids are
-- those of the queue · 人工复核结论：两条记录是否为同一人。以最新结论为准，次夜生效
CREATE TABLE IF NOT EXISTS housing_marriage.decision (
  mention_l VARCHAR NOT NULL,
  mention_r VARCHAR NOT NULL,
  same BOOLEAN NOT NULL,
  decided_by VARCHAR NOT NULL,
  decided_at TIMESTAMP NOT NULL,
  reason VARCHAR
);

-- ---- What the nightly job keeps; a night is read once it is published · 夜间作业的结果，发布后方可读取 ----

-- An edition is what one run of the job made; the newest one that is published is read, also while the next is being made
-- · 每次作业形成一个版本；始终读取最近发布的版本
CREATE TABLE IF NOT EXISTS housing_marriage.publication (
  edition VARCHAR NOT NULL, as_of DATE NOT NULL, run VARCHAR NOT NULL, persons BIGINT, doubtful BIGINT
);

-- Each place where a register names somebody, the pairs that the model scored, and the person that each is: the newest night only
-- · 各登记表中提到的人、模型评分的记录对，以及所属人员；仅保留最近一晚
CREATE TABLE IF NOT EXISTS housing_marriage.mention (
  mention VARCHAR NOT NULL,
  register VARCHAR NOT NULL,
  role VARCHAR NOT NULL,
  record_id BIGINT NOT NULL,
  id18 VARCHAR,
  checked_id VARCHAR,
  name VARCHAR,
  surname VARCHAR,
  given VARCHAR,
  variant_key VARCHAR,
  pinyin VARCHAR,
  sex VARCHAR,
  birth DATE,
  district VARCHAR,
  street VARCHAR,
  road VARCHAR,
  number VARCHAR,
  room VARCHAR,
  phone VARCHAR
);
CREATE TABLE IF NOT EXISTS housing_marriage.edge (
  id_l VARCHAR NOT NULL, id_r VARCHAR NOT NULL, rule VARCHAR, weight DOUBLE, probability DOUBLE, band VARCHAR
);
CREATE TABLE IF NOT EXISTS housing_marriage.entity (
  person_id VARCHAR NOT NULL, mention VARCHAR NOT NULL, register VARCHAR NOT NULL, role VARCHAR NOT NULL, record_id BIGINT NOT NULL
);

-- Everybody whom one of the registers knows · 各登记表中出现的人
CREATE TABLE IF NOT EXISTS housing_marriage.person (
  edition VARCHAR NOT NULL,
  person_id VARCHAR NOT NULL,
  citizen_id VARCHAR,
  name VARCHAR,
  name_sound VARCHAR,
  sex VARCHAR,
  birth_date DATE,
  household_id VARCHAR,
  relation_to_head VARCHAR,
  division_code VARCHAR,
  is_resident BOOLEAN NOT NULL,
  died_on DATE,
  register_status VARCHAR,
  register_updated_on DATE,
  is_doubtful BOOLEAN NOT NULL
);

-- Marriages as intervals; from_date is null where only their end or a replaced certificate was registered here. is_proved: a record of it has
-- the numbers of both · 婚姻区间；本市只登记了离婚或补领的，起始日期为空。is_proved 表示登记中双方号码均校验无误且一致
CREATE TABLE IF NOT EXISTS housing_marriage.marriage (
  edition VARCHAR NOT NULL,
  husband_id VARCHAR NOT NULL,
  wife_id VARCHAR NOT NULL,
  from_date DATE,
  seen_from DATE NOT NULL,
  to_date DATE,
  end_reason VARCHAR,
  source VARCHAR NOT NULL,
  is_proved BOOLEAN NOT NULL
);

-- What is known of each resident's marriage now: by whom, and for which day; unknown is a value · 婚姻状况及其来源和截止日，“未知”也是一种取值
CREATE TABLE IF NOT EXISTS housing_marriage.marital_status (
  edition VARCHAR NOT NULL,
  person_id VARCHAR NOT NULL,
  status VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  known_on DATE,
  since DATE,
  spouse_id VARCHAR
);

-- Shares of homes as intervals. is_proved: the number in the title checks and is the person's, or the name is, too
-- · 住房份额区间；is_proved 表示证件号码校验无误且一致，或号码与姓名均一致
CREATE TABLE IF NOT EXISTS housing_marriage.holding (
  edition VARCHAR NOT NULL,
  record_id BIGINT NOT NULL,
  unit_number VARCHAR NOT NULL,
  certificate_no VARCHAR,
  person_id VARCHAR NOT NULL,
  share_numerator BIGINT,
  share_denominator BIGINT,
  from_date DATE NOT NULL,
  to_date DATE,
  reason VARCHAR,
  price DECIMAL(18, 2),
  division_code VARCHAR,
  is_proved BOOLEAN NOT NULL,
  probability DOUBLE NOT NULL
);

-- Parents, as far as the household and marriage registers tell them · 户籍和婚姻登记所能说明的亲子关系
CREATE TABLE IF NOT EXISTS housing_marriage.parent (
  edition VARCHAR NOT NULL,
  child_id VARCHAR NOT NULL,
  parent_id VARCHAR NOT NULL,
  birth_date DATE,
  is_certain BOOLEAN NOT NULL
);

-- Two that might be one person: pairs for review, and titles under the same sound of name whose number does not check
-- · 可能为同一人的两个人：待复核的关联，以及姓名读音相同而号码校验不符的权利人
CREATE TABLE IF NOT EXISTS housing_marriage.doubt (
  edition VARCHAR NOT NULL,
  person_id VARCHAR NOT NULL,
  other_id VARCHAR NOT NULL,
  probability DOUBLE
);

-- The queue of reviewers: pairs that are neither accepted nor decided · 待人工复核的记录对
CREATE TABLE IF NOT EXISTS housing_marriage.review (
  edition VARCHAR NOT NULL,
  mention_l VARCHAR NOT NULL,
  mention_r VARCHAR NOT NULL,
  name_l VARCHAR,
  name_r VARCHAR,
  citizen_id_l VARCHAR,
  citizen_id_r VARCHAR,
  birth_date_l DATE,
  birth_date_r DATE,
  rule VARCHAR,
  weight DOUBLE,
  probability DOUBLE
);

-- ---- What leaves the house: protected counts only, once a month · 对外发布：仅经过披露控制的汇总，每月一次 ----

CREATE TABLE IF NOT EXISTS housing_marriage.homes_by_household (
  month DATE NOT NULL, division_code VARCHAR, adults VARCHAR, homes VARCHAR, households DOUBLE, flag VARCHAR
);
CREATE TABLE IF NOT EXISTS housing_marriage.purchases_near_marriage (
  month DATE NOT NULL, year VARCHAR, timing VARCHAR, couples DOUBLE, flag VARCHAR
);
CREATE TABLE IF NOT EXISTS housing_marriage.transfers (
  month DATE NOT NULL, year VARCHAR, kind VARCHAR, registrations DOUBLE, flag VARCHAR
);
CREATE TABLE IF NOT EXISTS housing_marriage.concentration (
  month DATE NOT NULL, division_code VARCHAR, homes VARCHAR, holders DOUBLE, flag VARCHAR
);
CREATE TABLE IF NOT EXISTS housing_marriage.ownership_entropy (month DATE NOT NULL, division_code VARCHAR NOT NULL, entropy DOUBLE);

-- ---- Questions about a family · 对家庭的核查 ----

-- Who belongs to a family on the day of the inquiry: whoever asks, the spouse, children under 18. Certain is what one person of that number,
-- a marriage with the numbers of both that nothing speaks against, and the household register say
-- · 核查日的家庭成员：本人、配偶、未成年子女。号码唯一、婚姻登记双方号码一致且无相反记录、户籍明确的，视为确定
CREATE OR REPLACE VIEW housing_marriage.family AS
WITH inquiry AS (
  SELECT 'application' AS kind, application_id AS inquiry_id, day, cid_check(citizen_id)['id18'] AS number, declared_status,
         cid_check(spouse_citizen_id)['id18'] AS spouse_number
  FROM housing_marriage.application
  UNION ALL
  SELECT DISTINCT 'declaration' AS kind, declaration_id AS inquiry_id, day, cid_check(citizen_id)['id18'] AS number,
         CAST(NULL AS VARCHAR) AS declared_status, CAST(NULL AS VARCHAR) AS spouse_number
  FROM housing_marriage.declaration
),
person AS (
  SELECT person_id, citizen_id, died_on FROM housing_marriage.person
  WHERE edition = (SELECT max(edition) FROM housing_marriage.publication)
),
applicant AS (
  SELECT inquiry.kind, inquiry.inquiry_id, inquiry.day, inquiry.declared_status, inquiry.spouse_number, person.person_id,
         count(*) OVER (PARTITION BY inquiry.kind, inquiry.inquiry_id) = 1 AS is_one
  FROM inquiry JOIN person ON person.citizen_id = inquiry.number
),
bond AS (
  SELECT husband_id AS person_id, wife_id AS spouse_id, coalesce(from_date, seen_from) AS from_date, to_date, is_proved
  FROM housing_marriage.marriage WHERE edition = (SELECT max(edition) FROM housing_marriage.publication)
  UNION ALL
  SELECT wife_id AS person_id, husband_id AS spouse_id, coalesce(from_date, seen_from) AS from_date, to_date, is_proved
  FROM housing_marriage.marriage WHERE edition = (SELECT max(edition) FROM housing_marriage.publication)
),
married AS (
  SELECT applicant.kind, applicant.inquiry_id, applicant.day, bond.spouse_id AS person_id,
         applicant.is_one AND bond.is_proved AND coalesce(applicant.declared_status, '有配偶') = '有配偶'
           AND coalesce(applicant.spouse_number, spouse.citizen_id) = spouse.citizen_id AND coalesce(status.status, '未知') <> '未知'
           AND count(*) OVER (PARTITION BY applicant.kind, applicant.inquiry_id) = 1 AS is_certain
  FROM applicant
  JOIN bond ON bond.person_id = applicant.person_id
  JOIN person AS spouse ON spouse.person_id = bond.spouse_id
  LEFT JOIN housing_marriage.marital_status AS status
    ON status.person_id = applicant.person_id AND status.edition = (SELECT max(edition) FROM housing_marriage.publication)
  WHERE bond.from_date <= applicant.day AND (bond.to_date IS NULL OR bond.to_date > applicant.day)
),
adult AS (
  SELECT kind, inquiry_id, day, 'applicant' AS member, person_id, is_one AS is_certain FROM applicant
  UNION ALL
  SELECT kind, inquiry_id, day, 'spouse' AS member, person_id, coalesce(is_certain, false) AS is_certain FROM married
  UNION ALL
  SELECT applicant.kind, applicant.inquiry_id, applicant.day, 'declared_spouse' AS member, person.person_id,
         applicant.is_one AND married.inquiry_id IS NULL AS is_certain
  FROM applicant
  JOIN person ON person.citizen_id = applicant.spouse_number
  LEFT JOIN (SELECT DISTINCT kind, inquiry_id FROM married) AS married
    ON married.kind = applicant.kind AND married.inquiry_id = applicant.inquiry_id
)
SELECT kind, inquiry_id, day, member, person_id, is_certain FROM adult
UNION ALL
SELECT adult.kind, adult.inquiry_id, adult.day, 'child' AS member, parent.child_id AS person_id,
       bool_or(adult.is_certain AND parent.is_certain) AS is_certain
FROM adult
JOIN housing_marriage.parent AS parent ON parent.parent_id = adult.person_id
JOIN person AS child ON child.person_id = parent.child_id
WHERE parent.edition = (SELECT max(edition) FROM housing_marriage.publication)
  AND parent.birth_date <= adult.day AND parent.birth_date > adult.day - INTERVAL '18 years'
  AND (child.died_on IS NULL OR child.died_on > adult.day)
GROUP BY adult.kind, adult.inquiry_id, adult.day, parent.child_id;

-- Homes that members of a family hold on that day, and those that they may hold: under doubt, or of a spouse who died
-- · 家庭成员在核查日持有的住房，以及可能持有的住房：存疑的，或已故配偶名下的
CREATE OR REPLACE VIEW housing_marriage.family_home AS
WITH home AS (
  SELECT holding.person_id, holding.unit_number, holding.share_numerator, holding.share_denominator, holding.from_date, holding.to_date,
         holding.is_proved AND NOT person.is_doubtful AS is_proved, holding.probability
  FROM housing_marriage.holding AS holding
  JOIN housing_marriage.person AS person ON person.edition = holding.edition AND person.person_id = holding.person_id
  WHERE holding.edition = (SELECT max(edition) FROM housing_marriage.publication)
),
suspect AS (
  SELECT family.kind, family.inquiry_id, family.day, family.member, doubt.other_id AS person_id, doubt.probability
  FROM housing_marriage.family AS family JOIN housing_marriage.doubt AS doubt ON doubt.person_id = family.person_id
  WHERE doubt.edition = (SELECT max(edition) FROM housing_marriage.publication)
  UNION ALL
  SELECT family.kind, family.inquiry_id, family.day, 'late_spouse' AS member,
         CASE WHEN marriage.husband_id = family.person_id THEN marriage.wife_id ELSE marriage.husband_id END AS person_id,
         CAST(NULL AS DOUBLE) AS probability
  FROM housing_marriage.family AS family
  JOIN housing_marriage.marriage AS marriage ON marriage.husband_id = family.person_id OR marriage.wife_id = family.person_id
  WHERE marriage.edition = (SELECT max(edition) FROM housing_marriage.publication)
    AND family.member = 'applicant' AND marriage.end_reason = '死亡' AND marriage.to_date <= family.day
)
SELECT family.kind, family.inquiry_id, family.member, home.unit_number, home.share_numerator, home.share_denominator, home.from_date,
       family.is_certain AND home.is_proved AS is_certain, home.probability
FROM housing_marriage.family AS family JOIN home ON home.person_id = family.person_id
WHERE home.from_date <= family.day AND (home.to_date IS NULL OR home.to_date > family.day)
UNION ALL
SELECT suspect.kind, suspect.inquiry_id, suspect.member, home.unit_number, home.share_numerator, home.share_denominator, home.from_date,
       false AS is_certain, suspect.probability
FROM suspect JOIN home ON home.person_id = suspect.person_id
WHERE home.from_date <= suspect.day AND (home.to_date IS NULL OR home.to_date > suspect.day);

-- Everything that speaks for or against a first home, one row for each reason. refer: somebody has to look, whatever else there is
-- · 首套住房资格的各项依据；refer 表示无论其他依据如何均须人工核实
CREATE OR REPLACE VIEW housing_marriage.first_home_evidence AS
WITH run AS (
  SELECT max(edition) AS edition, max(as_of) FILTER (WHERE edition = (SELECT max(edition) FROM housing_marriage.publication)) AS as_of
  FROM housing_marriage.publication
),
application AS (
  SELECT a.application_id, a.day, a.declared_status, a.spouse_citizen_id, c['id18'] AS number, c['sex'] AS sex, c['birth'] AS birth_date,
         cid_check(a.spouse_citizen_id)['id18'] AS spouse_number, run.edition, run.as_of
  FROM (SELECT *, cid_check(citizen_id) AS c FROM housing_marriage.application) AS a CROSS JOIN run
),
family AS (SELECT * FROM housing_marriage.family WHERE kind = 'application'),
home AS (SELECT * FROM housing_marriage.family_home WHERE kind = 'application'),
person AS (SELECT p.* FROM housing_marriage.person AS p JOIN run ON p.edition = run.edition),
status AS (SELECT s.* FROM housing_marriage.marital_status AS s JOIN run ON s.edition = run.edition),
adult AS (
  SELECT inquiry_id, max(CASE WHEN member = 'applicant' THEN person_id END) AS person_id,
         count(DISTINCT CASE WHEN member = 'applicant' THEN person_id END) AS applicants,
         max(CASE WHEN member = 'spouse' THEN person_id END) AS spouse_id,
         count(DISTINCT CASE WHEN member = 'spouse' THEN person_id END) AS spouses,
         bool_or(member = 'spouse' AND is_certain) AS is_spouse_certain,
         max(CASE WHEN member = 'declared_spouse' THEN person_id END) AS declared_spouse_id
  FROM family GROUP BY inquiry_id
),
known AS (
  SELECT application.*, adult.person_id, coalesce(adult.applicants, 0) AS applicants, adult.spouse_id, coalesce(adult.spouses, 0) AS spouses,
         adult.is_spouse_certain, adult.declared_spouse_id, spouse.citizen_id AS spouse_registered_number, me.died_on, me.household_id,
         me.relation_to_head, status.status, status.source, status.known_on,
         application.birth_date > application.day - CASE application.sex WHEN '1' THEN INTERVAL '22 years' ELSE INTERVAL '20 years' END
           AS is_too_young
  FROM application
  LEFT JOIN adult ON adult.inquiry_id = application.application_id
  LEFT JOIN person AS spouse ON spouse.person_id = adult.spouse_id
  LEFT JOIN person AS me ON me.person_id = adult.person_id
  LEFT JOIN status ON status.person_id = adult.person_id
)
SELECT application_id, 'refer' AS effect, '尚无已发布的登记数据' AS zh, 'no night of the registers is published yet' AS en
FROM known WHERE edition IS NULL
UNION ALL
SELECT application_id, 'refer', '证件号码校验不符', 'the number of the applicant does not check' FROM known WHERE number IS NULL
UNION ALL
SELECT application_id, 'refer', '各登记表中均无此证件号码', 'no register knows the number of the applicant'
FROM known WHERE edition IS NOT NULL AND number IS NOT NULL AND applicants = 0
UNION ALL
SELECT application_id, 'refer', '同一证件号码对应多人', 'the number of the applicant stands for several persons' FROM known WHERE applicants > 1
UNION ALL
SELECT application_id, 'refer', concat('登记数据截至', CAST(as_of AS VARCHAR), '，早于核查日'),
       concat('the registers are known as of ', CAST(as_of AS VARCHAR), ', before the day of the inquiry')
FROM known WHERE day > as_of + INTERVAL '7 days'
UNION ALL
SELECT application_id, 'refer', '申请人已登记死亡', 'the applicant is registered as dead' FROM known WHERE died_on <= day
UNION ALL
SELECT application_id, 'refer', '所填配偶为申请人本人', 'the spouse who is named is the applicant' FROM known WHERE spouse_number = number
UNION ALL
SELECT application_id, 'note', concat('登记数据截至', CAST(as_of AS VARCHAR)), concat('the registers are known as of ', CAST(as_of AS VARCHAR))
FROM known WHERE day > as_of AND day <= as_of + INTERVAL '7 days'
UNION ALL
SELECT application_id, 'note', concat('家庭成员以', CAST(as_of AS VARCHAR), '的户籍为准'),
       concat('children by the household register of ', CAST(as_of AS VARCHAR))
FROM known WHERE day < as_of - INTERVAL '31 days'
UNION ALL
SELECT DISTINCT family.inquiry_id, 'unknown', '家庭成员的登记记录互相矛盾', 'records of a member of the family contradict each other'
FROM family JOIN person ON person.person_id = family.person_id WHERE person.is_doubtful
UNION ALL
-- What is known of the marriage · 婚姻状况
SELECT application_id, 'unknown',
       concat('未查到有效婚姻登记，', CASE WHEN status IS NULL OR status = '未知' THEN '户籍和婚姻登记不足以认定'
              ELSE concat(source, '为', status, '（截至', CAST(known_on AS VARCHAR), '）') END, '；本市以外的登记可能缺失，须本人承诺或提供证明'),
       'no marriage in force is registered here, which does not prove that there is none: a declaration or certificate is needed'
FROM known WHERE applicants = 1 AND spouses = 0 AND NOT is_too_young AND declared_status IS NULL AND spouse_citizen_id IS NULL
UNION ALL
SELECT application_id, 'note', concat('无有效婚姻登记，本人承诺：', declared_status), concat('no marriage registered; declared: ', declared_status)
FROM known WHERE applicants = 1 AND spouses = 0 AND declared_status IN ('未婚', '离婚', '丧偶') AND coalesce(status, '') <> '有配偶'
UNION ALL
SELECT application_id, 'unknown', concat('承诺', declared_status, '，但', source, '为有配偶，配偶不明'),
       concat('declared ', declared_status, ', but married by another register; to whom is not known')
FROM known
WHERE applicants = 1 AND spouses = 0 AND declared_status IN ('未婚', '离婚', '丧偶') AND status = '有配偶' AND NOT is_too_young
UNION ALL
SELECT application_id, 'unknown', concat('承诺', declared_status, '，但查到有效婚姻登记'), concat('declared ', declared_status, ', but a marriage is registered')
FROM known WHERE spouses > 0 AND declared_status IN ('未婚', '离婚', '丧偶')
UNION ALL
SELECT application_id, 'unknown', '承诺有配偶，未查到婚姻登记，也未提供配偶证件号码', 'declared married, but no marriage is registered and no spouse is named'
FROM known WHERE applicants = 1 AND spouses = 0 AND declared_status = '有配偶' AND spouse_citizen_id IS NULL
UNION ALL
SELECT application_id, 'unknown', '配偶与婚姻登记不一致', 'the spouse who is named is not the one who is registered'
FROM known WHERE spouses > 0 AND spouse_citizen_id IS NOT NULL AND coalesce(declared_spouse_id, '') <> spouse_id
UNION ALL
SELECT application_id, 'unknown', '各登记表中均无配偶的证件号码', 'no register knows the number of the spouse'
FROM known WHERE spouses = 0 AND spouse_citizen_id IS NOT NULL AND declared_spouse_id IS NULL
UNION ALL
SELECT application_id, 'note', '配偶由本人承诺，未查到婚姻登记', 'the spouse is declared; no marriage is registered'
FROM known WHERE spouses = 0 AND declared_spouse_id IS NOT NULL
UNION ALL
SELECT application_id, 'unknown', '有多条有效婚姻登记', 'several marriages are registered as in force' FROM known WHERE spouses > 1
UNION ALL
SELECT application_id, 'unknown', '婚姻登记与其他记录不一致，或双方号码未核实', 'the marriage is contradicted by other records, or its numbers are not proved'
FROM known WHERE spouses = 1 AND NOT is_spouse_certain AND spouse_registered_number IS NOT NULL
UNION ALL
SELECT application_id, 'unknown', '配偶证件号码不明，无法查询其住房', 'the number of the spouse is not known, so homes of the spouse cannot be looked up'
FROM known WHERE spouses = 1 AND spouse_registered_number IS NULL
UNION ALL
SELECT known.application_id, 'unknown', '有婚姻登记的起始日期不明，核查日是否有配偶无法认定', 'of a marriage the beginning is not known, so it may have been in force on that day'
FROM known
JOIN housing_marriage.marriage AS m ON (m.husband_id = known.person_id OR m.wife_id = known.person_id) AND m.edition = known.edition
WHERE m.from_date IS NULL AND m.seen_from > known.day
UNION ALL
-- GB/T 4761-2008: 10 to 12 is the spouse of the head · 户籍中的配偶
SELECT DISTINCT known.application_id, 'unknown', '户籍显示有配偶，未查到婚姻登记', 'the household register names a spouse, and no marriage is registered'
FROM known
JOIN person AS other ON other.household_id = known.household_id AND other.person_id <> known.person_id
WHERE known.spouses = 0 AND known.declared_spouse_id IS NULL
  AND ((known.relation_to_head IN ('01', '02') AND other.relation_to_head IN ('10', '11', '12'))
       OR (known.relation_to_head IN ('10', '11', '12') AND other.relation_to_head IN ('01', '02')))
UNION ALL
-- Homes · 住房
SELECT inquiry_id, CASE WHEN bool_or(is_certain) THEN 'no' ELSE 'unknown' END,
       concat(CASE coalesce(min(member) FILTER (WHERE is_certain), min(member)) WHEN 'applicant' THEN '申请人' WHEN 'child' THEN '未成年子女'
                   WHEN 'late_spouse' THEN '已故配偶' ELSE '配偶' END,
              CASE WHEN bool_or(is_certain) THEN '' ELSE '可能' END, '持有住房', unit_number, '（', CAST(min(from_date) AS VARCHAR), '登记）'),
       concat(CASE coalesce(min(member) FILTER (WHERE is_certain), min(member)) WHEN 'applicant' THEN 'the applicant' WHEN 'child' THEN 'a child'
                   WHEN 'late_spouse' THEN 'the late spouse' ELSE 'the spouse' END,
              CASE WHEN bool_or(is_certain) THEN ' holds ' ELSE ' may hold ' END, 'the home ', unit_number, ', registered on ',
              CAST(min(from_date) AS VARCHAR))
FROM home GROUP BY inquiry_id, unit_number
UNION ALL
-- Sales that were filed, and are not yet registered for the buyer · 已网签、尚未登记的买卖
SELECT family.inquiry_id, CASE WHEN bool_or(family.is_certain) THEN 'no' ELSE 'unknown' END, concat('已网签购买住房', filing.unit_number),
       concat('a sale of the home ', filing.unit_number, ' was filed')
FROM family
JOIN person ON person.person_id = family.person_id
JOIN housing_marriage.pending_filing AS filing ON cid_check(filing.citizen_id)['id18'] = person.citizen_id
WHERE filing.filed_on <= family.day AND (filing.withdrawn_on IS NULL OR filing.withdrawn_on > family.day)
  AND NOT EXISTS (SELECT 1 FROM housing_marriage.holding AS since
                  WHERE since.edition = person.edition AND since.person_id = person.person_id AND since.unit_number = filing.unit_number
                    AND since.from_date >= filing.filed_on AND since.from_date <= family.day)
GROUP BY family.inquiry_id, filing.unit_number
UNION ALL
SELECT past.inquiry_id, 'note', concat('曾有住房', CAST(count(DISTINCT past.unit_number) AS VARCHAR), '套，已转移'),
       concat(CAST(count(DISTINCT past.unit_number) AS VARCHAR), ' home(s) held before and given up')
FROM (
  SELECT family.inquiry_id, holding.unit_number
  FROM family JOIN housing_marriage.holding AS holding ON holding.person_id = family.person_id JOIN run ON holding.edition = run.edition
  WHERE holding.to_date <= family.day
) AS past
LEFT JOIN home ON home.inquiry_id = past.inquiry_id AND home.unit_number = past.unit_number
WHERE home.unit_number IS NULL
GROUP BY past.inquiry_id;

-- Whether a family may buy its first home: yes, no or unknown, with the reasons. Any share of a home counts, sold homes do not.
-- · 家庭是否具备首套住房资格：是、否、未知，附理由。持有任何份额即视为有房，已转移的不计
CREATE OR REPLACE VIEW housing_marriage.first_home AS
SELECT application.application_id, application.day,
       CASE WHEN count(*) FILTER (WHERE effect = 'refer') > 0 THEN 'unknown'
            WHEN count(*) FILTER (WHERE effect = 'no') > 0 THEN 'no'
            WHEN count(*) FILTER (WHERE effect = 'unknown') > 0 THEN 'unknown' ELSE 'yes' END AS answer,
       coalesce(string_agg(CASE WHEN effect IS NOT NULL THEN evidence.zh END, '；' ORDER BY effect, evidence.zh), '已知家庭成员名下均无住房') AS reasons_zh,
       coalesce(string_agg(CASE WHEN effect IS NOT NULL THEN evidence.en END, '; ' ORDER BY effect, evidence.zh), 'no known member of the family holds a home') AS reasons_en
FROM housing_marriage.application AS application
LEFT JOIN housing_marriage.first_home_evidence AS evidence ON evidence.application_id = application.application_id
GROUP BY application.application_id, application.day;

-- Declared homes beside registered ones, with the probability that the title is linked rightly; a declaration has a row at least
-- · 申报与登记比对，并给出登记记录关联正确的概率；每份申报至少一行
CREATE OR REPLACE VIEW housing_marriage.declared_versus_registered AS
WITH registered AS (
  SELECT inquiry_id AS declaration_id, unit_number, coalesce(min(member) FILTER (WHERE is_certain), min(member)) AS member,
         max(probability) AS probability, bool_or(is_certain) AS is_certain
  FROM housing_marriage.family_home WHERE kind = 'declaration' GROUP BY inquiry_id, unit_number
),
declaration AS (SELECT DISTINCT declaration_id FROM housing_marriage.declaration),
declared AS (SELECT DISTINCT declaration_id, unit_number FROM housing_marriage.declaration WHERE unit_number IS NOT NULL),
home AS (
  SELECT coalesce(declared.declaration_id, registered.declaration_id) AS declaration_id,
         coalesce(declared.unit_number, registered.unit_number) AS unit_number,
         declared.unit_number IS NOT NULL AS is_declared, registered.unit_number IS NOT NULL AS is_registered, registered.member,
         registered.probability, registered.is_certain
  FROM declared
  FULL JOIN registered ON registered.declaration_id = declared.declaration_id AND registered.unit_number = declared.unit_number
),
known AS (SELECT DISTINCT inquiry_id FROM housing_marriage.family WHERE kind = 'declaration')
SELECT declaration.declaration_id, home.unit_number,
       CASE WHEN known.inquiry_id IS NULL THEN '查无此人' WHEN home.unit_number IS NULL THEN '一致（均无住房）'
            WHEN NOT home.is_registered THEN '未登记' WHEN home.is_declared THEN '一致' WHEN home.is_certain THEN '未申报' ELSE '疑似未申报' END
         AS finding_zh,
       CASE WHEN known.inquiry_id IS NULL THEN 'nobody of this number' WHEN home.unit_number IS NULL THEN 'agreed: none'
            WHEN NOT home.is_registered THEN 'not registered' WHEN home.is_declared THEN 'agreed' WHEN home.is_certain THEN 'undeclared'
            ELSE 'perhaps undeclared' END AS finding_en,
       home.member, home.probability, home.is_certain
FROM declaration
LEFT JOIN home ON home.declaration_id = declaration.declaration_id
LEFT JOIN known ON known.inquiry_id = declaration.declaration_id;

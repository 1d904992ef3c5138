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

-- ---- What the counter looks up, made of the tables above, so that an answer does not wait · 窗口查询所用，由上述各表形成 ----

-- Whoever may belong to the family of a person, under the number of that person: themselves, spouses while married, their children and those
-- of spouses until they are grown. is_certain: as far as the registers go; spouse_number: of the spouse through whom
-- · 按证件号码列出可能的家庭成员：本人、婚姻存续期间的配偶、本人及配偶的子女。is_certain 仅就登记而言；spouse_number 为相关配偶的号码
CREATE TABLE IF NOT EXISTS housing_marriage.relative (
  edition VARCHAR NOT NULL,
  citizen_id VARCHAR NOT NULL,
  person_id VARCHAR NOT NULL,
  member VARCHAR NOT NULL,
  relative_id VARCHAR NOT NULL,
  through VARCHAR NOT NULL,
  spouse_number VARCHAR,
  from_date DATE,
  to_date DATE,
  born_on DATE,
  is_certain BOOLEAN NOT NULL
);

-- What is known of each person beside the family: number, death, contradictions, marital status, a spouse by the household register alone,
-- and the first sight of a marriage whose beginning is not known · 每人的号码、死亡、矛盾、婚姻状况，户籍所示配偶，以及起始日期不明的婚姻的最早记录日
CREATE TABLE IF NOT EXISTS housing_marriage.standing (
  edition VARCHAR NOT NULL,
  person_id VARCHAR NOT NULL,
  citizen_id VARCHAR,
  died_on DATE,
  is_doubtful BOOLEAN NOT NULL,
  status VARCHAR,
  source VARCHAR,
  known_on DATE,
  is_spouse_in_household BOOLEAN NOT NULL,
  marriage_seen_from DATE
);

-- Homes that speak against a person: titles, those of somebody who might be the same person, those of a late spouse, from the day of the
-- death (since) · 与某人有关的住房：本人名下的、可能为同一人的、已故配偶名下的（自死亡日 since 起）
CREATE TABLE IF NOT EXISTS housing_marriage.claim (
  edition VARCHAR NOT NULL,
  person_id VARCHAR NOT NULL,
  basis VARCHAR NOT NULL,
  unit_number VARCHAR NOT NULL,
  share_numerator BIGINT,
  share_denominator BIGINT,
  since DATE,
  from_date DATE NOT NULL,
  to_date DATE,
  is_proved BOOLEAN NOT NULL,
  probability DOUBLE
);

-- ---- What leaves the house: protected counts only, once a month · 对外发布：仅经过披露控制的汇总，每月一次 ----

-- The edition of which the counts of a month are being made; empty in other nights · 正在汇总的月份及其版本，其他夜间为空
CREATE TABLE IF NOT EXISTS housing_marriage.month_due (edition VARCHAR NOT NULL, as_of DATE NOT NULL, month DATE NOT NULL);

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
-- The number of whoever asks, and that of the spouse who is named.
asked AS (
  SELECT inquiry.*, run.edition, role.role, CASE role.role WHEN 'applicant' THEN inquiry.number ELSE inquiry.spouse_number END AS asked_number
  FROM inquiry
  CROSS JOIN (SELECT max(edition) AS edition FROM housing_marriage.publication) AS run
  CROSS JOIN (VALUES ('applicant'), ('declared_spouse')) AS role(role)
),
found AS (
  SELECT asked.kind, asked.inquiry_id, asked.edition, asked.day, asked.role, relative.member, relative.relative_id, relative.through,
         relative.is_certain,
         coalesce(asked.declared_status, '有配偶') = '有配偶'
           AND coalesce(asked.spouse_number, relative.spouse_number) = relative.spouse_number AS is_as_declared,
         count(*) FILTER (WHERE asked.role = 'applicant' AND relative.member = 'self')
           OVER (PARTITION BY asked.kind, asked.inquiry_id) AS applicants,
         count(*) FILTER (WHERE asked.role = 'applicant' AND relative.member = 'spouse')
           OVER (PARTITION BY asked.kind, asked.inquiry_id) AS marriages
  FROM asked
  JOIN housing_marriage.relative AS relative ON relative.edition = asked.edition AND relative.citizen_id = asked.asked_number
  WHERE (asked.role = 'applicant' OR relative.through = 'self')
    AND (relative.from_date IS NULL OR relative.from_date <= asked.day) AND (relative.to_date IS NULL OR relative.to_date > asked.day)
    AND (relative.born_on IS NULL OR relative.born_on > asked.day - INTERVAL '18 years')
)
SELECT kind, inquiry_id, edition, day, CASE member WHEN 'self' THEN role ELSE member END AS member, relative_id AS person_id,
       bool_or(is_certain AND applicants = 1
               AND CASE WHEN role = 'declared_spouse' THEN marriages = 0 WHEN through = 'self' THEN true
                        ELSE marriages = 1 AND coalesce(is_as_declared, false) END) AS is_certain
FROM found
WHERE role = 'applicant' OR applicants > 0
GROUP BY kind, inquiry_id, edition, day, CASE member WHEN 'self' THEN role ELSE member END, relative_id;

-- What speaks of homes of the family: `held` on that day, or perhaps held (under doubt, or of a spouse who died), `filed` and not registered
-- since, or `past` · 家庭住房线索：核查日持有或可能持有（存疑的，或已故配偶名下的）、已网签尚未登记、曾经持有
CREATE OR REPLACE VIEW housing_marriage.family_claim AS
WITH claim AS (
  SELECT edition, person_id, basis, unit_number, share_numerator, share_denominator, since, from_date, to_date, is_proved, probability
  FROM housing_marriage.claim
  UNION ALL
  SELECT standing.edition, standing.person_id, 'filing' AS basis, filing.unit_number, CAST(NULL AS BIGINT) AS share_numerator,
         CAST(NULL AS BIGINT) AS share_denominator, CAST(NULL AS DATE) AS since, filing.filed_on AS from_date, filing.withdrawn_on AS to_date,
         true AS is_proved, CAST(NULL AS DOUBLE) AS probability
  FROM housing_marriage.pending_filing AS filing
  JOIN housing_marriage.standing AS standing ON standing.citizen_id = cid_check(filing.citizen_id)['id18']
),
found AS (
  SELECT family.kind, family.inquiry_id, CASE claim.basis WHEN 'late_spouse' THEN 'late_spouse' ELSE family.member END AS member,
         claim.basis, claim.unit_number, claim.share_numerator, claim.share_denominator, claim.from_date, claim.to_date, family.day,
         family.is_certain AND claim.is_proved AS is_certain, claim.probability,
         claim.from_date <= family.day AND (claim.to_date IS NULL OR claim.to_date > family.day) AS is_in_force,
         max(claim.from_date) FILTER (WHERE claim.basis = 'title' AND claim.from_date <= family.day)
           OVER (PARTITION BY family.kind, family.inquiry_id, family.person_id, claim.unit_number) AS registered_on
  FROM housing_marriage.family AS family
  JOIN claim ON claim.edition = family.edition AND claim.person_id = family.person_id
  WHERE claim.basis <> 'late_spouse' OR (family.member = 'applicant' AND claim.since <= family.day)
),
told AS (
  SELECT *, CASE WHEN basis = 'filing' THEN CASE WHEN is_in_force AND (registered_on IS NULL OR registered_on < from_date) THEN 'filed' END
                 WHEN is_in_force THEN 'held' WHEN basis = 'title' AND to_date <= day THEN 'past' END AS state
  FROM found
)
SELECT kind, inquiry_id, member, state, unit_number, share_numerator, share_denominator, from_date, is_certain, probability
FROM told WHERE state IS NOT NULL;

-- Homes that members of a family hold on that day, and those that they may hold · 家庭成员在核查日持有的住房，以及可能持有的住房
CREATE OR REPLACE VIEW housing_marriage.family_home AS
SELECT kind, inquiry_id, member, unit_number, share_numerator, share_denominator, from_date, is_certain, probability
FROM housing_marriage.family_claim WHERE state = 'held';

-- Everything that speaks for or against a first home, one row for each reason. refer: somebody has to look, whatever else there is. The family
-- and its homes are read once each, and all reasons are told of one row: a branch of UNION for each would have them planned again and again
-- · 首套住房资格的各项依据；refer 表示无论其他依据如何均须人工核实
CREATE OR REPLACE VIEW housing_marriage.first_home_evidence AS
WITH application AS (
  SELECT a.application_id, a.day, a.declared_status, a.spouse_citizen_id, c['id18'] AS number, c['sex'] AS sex, c['birth'] AS birth_date,
         cid_check(a.spouse_citizen_id)['id18'] AS spouse_number, run.edition, run.as_of
  FROM (SELECT *, cid_check(citizen_id) AS c FROM housing_marriage.application) AS a
  CROSS JOIN (SELECT max(edition) AS edition, first_value(as_of ORDER BY edition DESC, as_of DESC) AS as_of FROM housing_marriage.publication) AS run
),
family AS (
  SELECT family.inquiry_id, count(DISTINCT CASE WHEN family.member = 'applicant' THEN family.person_id END) AS applicants,
         count(DISTINCT CASE WHEN family.member = 'spouse' THEN family.person_id END) AS spouses,
         max(CASE WHEN family.member = 'spouse' THEN family.person_id END) AS spouse_id,
         bool_or(family.member = 'spouse' AND family.is_certain) AS is_spouse_certain,
         max(CASE WHEN family.member = 'declared_spouse' THEN family.person_id END) AS declared_spouse_id,
         bool_or(standing.is_doubtful) AS is_doubtful,
         first_value(standing.citizen_id ORDER BY family.person_id DESC) FILTER (WHERE family.member = 'spouse') AS spouse_registered_number,
         first_value(standing.died_on ORDER BY family.person_id DESC) FILTER (WHERE family.member = 'applicant') AS died_on,
         first_value(standing.status ORDER BY family.person_id DESC) FILTER (WHERE family.member = 'applicant') AS status,
         first_value(standing.source ORDER BY family.person_id DESC) FILTER (WHERE family.member = 'applicant') AS source,
         first_value(standing.known_on ORDER BY family.person_id DESC) FILTER (WHERE family.member = 'applicant') AS known_on,
         first_value(standing.is_spouse_in_household ORDER BY family.person_id DESC) FILTER (WHERE family.member = 'applicant')
           AS is_spouse_in_household,
         first_value(standing.marriage_seen_from ORDER BY family.person_id DESC) FILTER (WHERE family.member = 'applicant')
           AS marriage_seen_from
  FROM housing_marriage.family AS family
  JOIN housing_marriage.standing AS standing ON standing.edition = family.edition AND standing.person_id = family.person_id
  WHERE family.kind = 'application' GROUP BY family.inquiry_id
),
known AS (
  SELECT application.*, coalesce(family.applicants, 0) AS applicants, coalesce(family.spouses, 0) AS spouses, family.spouse_id,
         family.is_spouse_certain, family.declared_spouse_id, family.is_doubtful, family.spouse_registered_number, family.died_on,
         family.status, family.source, family.known_on, family.is_spouse_in_household, family.marriage_seen_from,
         application.birth_date > application.day - CASE application.sex WHEN '1' THEN INTERVAL '22 years' ELSE INTERVAL '20 years' END
           AS is_too_young
  FROM application LEFT JOIN family ON family.inquiry_id = application.application_id
),
home AS (
  SELECT inquiry_id, unit_number, bool_or(state = 'held') AS is_held, bool_or(state = 'filed') AS is_filed, bool_or(state = 'past') AS is_past,
         bool_or(is_certain) FILTER (WHERE state = 'held') AS is_certain, bool_or(is_certain) FILTER (WHERE state = 'filed') AS is_sale_certain,
         coalesce(min(member) FILTER (WHERE state = 'held' AND is_certain), min(member) FILTER (WHERE state = 'held')) AS holder,
         CAST(min(from_date) FILTER (WHERE state = 'held') AS VARCHAR) AS from_date
  FROM housing_marriage.family_claim WHERE kind = 'application' GROUP BY inquiry_id, unit_number
),
counted AS (
  SELECT *, row_number() OVER (PARTITION BY inquiry_id ORDER BY unit_number) AS place,
         count(*) FILTER (WHERE is_past AND NOT is_held) OVER (PARTITION BY inquiry_id) AS past
  FROM home
),
-- Of each reason: what it speaks for, in Chinese, in English.
told AS (
  SELECT application_id, unnest(make_array(
    CASE WHEN edition IS NULL THEN make_array('refer', '尚无已发布的登记数据', 'no night of the registers is published yet') END,
    CASE WHEN number IS NULL THEN make_array('refer', '证件号码校验不符', 'the number of the applicant does not check') END,
    CASE WHEN edition IS NOT NULL AND number IS NOT NULL AND applicants = 0
      THEN make_array('refer', '各登记表中均无此证件号码', 'no register knows the number of the applicant') END,
    CASE WHEN applicants > 1
      THEN make_array('refer', '同一证件号码对应多人', 'the number of the applicant stands for several persons') END,
    CASE WHEN day > as_of + INTERVAL '7 days'
      THEN make_array('refer', concat('登记数据截至', CAST(as_of AS VARCHAR), '，早于核查日'),
                      concat('the registers are known as of ', CAST(as_of AS VARCHAR), ', before the day of the inquiry')) END,
    CASE WHEN died_on <= day THEN make_array('refer', '申请人已登记死亡', 'the applicant is registered as dead') END,
    CASE WHEN spouse_number = number THEN make_array('refer', '所填配偶为申请人本人', 'the spouse who is named is the applicant') END,
    CASE WHEN day > as_of AND day <= as_of + INTERVAL '7 days'
      THEN make_array('note', concat('登记数据截至', CAST(as_of AS VARCHAR)),
                      concat('the registers are known as of ', CAST(as_of AS VARCHAR))) END,
    CASE WHEN day < as_of - INTERVAL '31 days'
      THEN make_array('note', concat('家庭成员以', CAST(as_of AS VARCHAR), '的户籍为准'),
                      concat('children by the household register of ', CAST(as_of AS VARCHAR))) END,
    CASE WHEN is_doubtful
      THEN make_array('unknown', '家庭成员的登记记录互相矛盾', 'records of a member of the family contradict each other') END,
    -- The marriage · 婚姻状况
    CASE WHEN applicants = 1 AND spouses = 0 AND NOT is_too_young AND declared_status IS NULL AND spouse_citizen_id IS NULL
      THEN make_array('unknown',
                      concat('未查到有效婚姻登记，', CASE WHEN status IS NULL OR status = '未知' THEN '户籍和婚姻登记不足以认定'
                             ELSE concat(source, '为', status, '（截至', CAST(known_on AS VARCHAR), '）') END,
                             '；本市以外的登记可能缺失，须本人承诺或提供证明'),
                      'no marriage in force is registered here, which does not prove that there is none: a declaration or certificate is needed')
      END,
    CASE WHEN applicants = 1 AND spouses = 0 AND declared_status IN ('未婚', '离婚', '丧偶') AND coalesce(status, '') <> '有配偶'
      THEN make_array('note', concat('无有效婚姻登记，本人承诺：', declared_status),
                      concat('no marriage registered; declared: ', declared_status)) END,
    CASE WHEN applicants = 1 AND spouses = 0 AND declared_status IN ('未婚', '离婚', '丧偶') AND status = '有配偶' AND NOT is_too_young
      THEN make_array('unknown', concat('承诺', declared_status, '，但', source, '为有配偶，配偶不明'),
                      concat('declared ', declared_status, ', but married by another register; to whom is not known')) END,
    CASE WHEN spouses > 0 AND declared_status IN ('未婚', '离婚', '丧偶')
      THEN make_array('unknown', concat('承诺', declared_status, '，但查到有效婚姻登记'),
                      concat('declared ', declared_status, ', but a marriage is registered')) END,
    CASE WHEN applicants = 1 AND spouses = 0 AND declared_status = '有配偶' AND spouse_citizen_id IS NULL
      THEN make_array('unknown', '承诺有配偶，未查到婚姻登记，也未提供配偶证件号码',
                      'declared married, but no marriage is registered and no spouse is named') END,
    CASE WHEN spouses > 0 AND spouse_citizen_id IS NOT NULL AND coalesce(declared_spouse_id, '') <> spouse_id
      THEN make_array('unknown', '配偶与婚姻登记不一致', 'the spouse who is named is not the one who is registered') END,
    CASE WHEN spouses = 0 AND spouse_citizen_id IS NOT NULL AND declared_spouse_id IS NULL
      THEN make_array('unknown', '各登记表中均无配偶的证件号码', 'no register knows the number of the spouse') END,
    CASE WHEN spouses = 0 AND declared_spouse_id IS NOT NULL
      THEN make_array('note', '配偶由本人承诺，未查到婚姻登记', 'the spouse is declared; no marriage is registered') END,
    CASE WHEN spouses > 1 THEN make_array('unknown', '有多条有效婚姻登记', 'several marriages are registered as in force') END,
    CASE WHEN spouses = 1 AND NOT is_spouse_certain AND spouse_registered_number IS NOT NULL
      THEN make_array('unknown', '婚姻登记与其他记录不一致，或双方号码未核实',
                      'the marriage is contradicted by other records, or its numbers are not proved') END,
    CASE WHEN spouses = 1 AND spouse_registered_number IS NULL
      THEN make_array('unknown', '配偶证件号码不明，无法查询其住房',
                      'the number of the spouse is not known, so homes of the spouse cannot be looked up') END,
    CASE WHEN marriage_seen_from > day
      THEN make_array('unknown', '有婚姻登记的起始日期不明，核查日是否有配偶无法认定',
                      'of a marriage the beginning is not known, so it may have been in force on that day') END,
    CASE WHEN spouses = 0 AND declared_spouse_id IS NULL AND is_spouse_in_household
      THEN make_array('unknown', '户籍显示有配偶，未查到婚姻登记', 'the household register names a spouse, and no marriage is registered') END
  )) AS reason
  FROM known
  UNION ALL
  -- Homes; sales that were filed and are not registered for the buyer; homes that were given up · 住房、已网签的买卖、已转移的住房
  SELECT inquiry_id AS application_id, unnest(make_array(
    CASE WHEN is_held
      THEN make_array(CASE WHEN is_certain THEN 'no' ELSE 'unknown' END,
                      concat(CASE holder WHEN 'applicant' THEN '申请人' WHEN 'child' THEN '未成年子女' WHEN 'late_spouse' THEN '已故配偶'
                                         ELSE '配偶' END,
                             CASE WHEN is_certain THEN '' ELSE '可能' END, '持有住房', unit_number, '（', from_date, '登记）'),
                      concat(CASE holder WHEN 'applicant' THEN 'the applicant' WHEN 'child' THEN 'a child'
                                         WHEN 'late_spouse' THEN 'the late spouse' ELSE 'the spouse' END,
                             CASE WHEN is_certain THEN ' holds ' ELSE ' may hold ' END, 'the home ', unit_number, ', registered on ',
                             from_date)) END,
    CASE WHEN is_filed
      THEN make_array(CASE WHEN is_sale_certain THEN 'no' ELSE 'unknown' END, concat('已网签购买住房', unit_number),
                      concat('a sale of the home ', unit_number, ' was filed')) END,
    CASE WHEN place = 1 AND past > 0
      THEN make_array('note', concat('曾有住房', CAST(past AS VARCHAR), '套，已转移'),
                      concat(CAST(past AS VARCHAR), ' home(s) held before and given up')) END
  )) AS reason
  FROM counted
)
SELECT application_id, reason[1] AS effect, reason[2] AS zh, reason[3] AS en FROM told WHERE reason IS NOT NULL;

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

-- The nightly job: links the records of the population, marriage and real-estate registers to persons, makes intervals of marriages and
-- homes, and publishes them as an edition. Readers see an edition whole, once it is published, and the one before until then. The registers
-- are taken to be known as of the day before the job was due, or as of `as_of`, if it is given.
--   huitong job submit apps/housing-marriage/nightly.sql --name housing_marriage --cron "30 1 * * *" --param as_of=
-- 夜间作业：把人口、婚姻、不动产登记记录关联到人，形成婚姻和住房区间，作为一个版本发布；发布前读者看到的是上一版本。
-- 登记数据的截至日为作业应执行时刻的前一天（UTC 日期），也可由 as_of 指定。
--
-- Each statement names the edition, :tick/:run, as a constant: so only the files of that edition are read, which a look-up in a table of one row
-- would not do.

SET huitong.purpose = '住房婚姻关联';

-- ---- Clean · 清洗 ----

-- Each place where a register names somebody. A number that does not check is kept as it stands: one slip away from another it is evidence,
-- though not proof.
DELETE FROM housing_marriage.mention;
INSERT INTO housing_marriage.mention (mention, register, role, record_id, id18, checked_id, name, surname, given, variant_key, pinyin, sex,
                                      birth, district, street, road, number, room, phone)
WITH raw AS (
  SELECT '1' AS register, 'person' AS role, record_id, citizen_id AS number, name, sex, birth_date AS birth, registered_address AS address
  FROM population.person
  UNION ALL
  SELECT '2', 'husband', record_id, husband_id, husband_name, '1', husband_birth_date, CAST(NULL AS VARCHAR)
  FROM population.marriage
  UNION ALL
  SELECT '2', 'wife', record_id, wife_id, wife_name, '2', wife_birth_date, CAST(NULL AS VARCHAR)
  FROM population.marriage
  UNION ALL
  SELECT '3', 'holder', record_id, document_no, holder_name, CAST(NULL AS VARCHAR), CAST(NULL AS DATE), location
  FROM housing.title WHERE document_type IS DISTINCT FROM '统一社会信用代码证'
),
checked AS (
  SELECT *, cid_check(number) AS c, person_name_key(name) AS n, address_parse(address) AS a,
         CASE WHEN number ~ '^[0-9]{17}[0-9X]$' THEN number END AS written
  FROM raw
)
SELECT concat(register, substr(role, 1, 1), lpad(CAST(record_id AS VARCHAR), 18, '0')) AS mention, register, role, record_id,
       coalesce(c['id18'], written) AS id18, CASE WHEN c['status'] = 'ok' THEN c['id18'] END AS checked_id, name, n['surname'] AS surname,
       n['given'] AS given, n['variant_key'] AS variant_key, n['pinyin'] AS pinyin, coalesce(sex, c['sex']) AS sex,
       coalesce(birth, c['birth'], TRY_CAST(concat(substr(written, 7, 4), '-', substr(written, 11, 2), '-', substr(written, 13, 2)) AS DATE))
         AS birth,
       a['district'] AS district, a['street'] AS street, a['road'] AS road, a['number'] AS number, a['room'] AS room, CAST(NULL AS VARCHAR) AS phone
FROM checked;

-- ---- Link · 关联 ----

DELETE FROM housing_marriage.edge;
INSERT INTO housing_marriage.edge (id_l, id_r, rule, weight, probability, band)
SELECT id_l, id_r, rule, weight, probability, band
FROM link(TABLE housing_marriage.mention, id => mention, model => 'cn_person', accept => 0.99, review => 0.5);

-- Records of one person. What reviewers have decided of a pair goes before what the model says of it; a decision that is taken back parts them
-- again. Two that are both linked to a third record stay one person: then the queue shows the pair again.
DELETE FROM housing_marriage.entity;
INSERT INTO housing_marriage.entity (person_id, mention, register, role, record_id)
WITH decided AS (
  SELECT mention_l, mention_r, same
  FROM (SELECT *, row_number() OVER (PARTITION BY mention_l, mention_r ORDER BY decided_at DESC, same) AS age FROM housing_marriage.decision)
  WHERE age = 1
),
same AS (
  SELECT id_l, id_r FROM housing_marriage.edge
  WHERE band = 'accept'
    AND NOT EXISTS (SELECT 1 FROM decided WHERE NOT decided.same AND decided.mention_l = edge.id_l AND decided.mention_r = edge.id_r)
  UNION ALL
  SELECT mention_l, mention_r FROM decided WHERE same
)
SELECT coalesce(component.cluster_id, mention.mention) AS person_id, mention.mention, mention.register, mention.role, mention.record_id
FROM housing_marriage.mention AS mention
LEFT JOIN connected_components((SELECT id_l, id_r FROM same)) AS component ON component.id = mention.mention;

-- ---- People, marriages, homes · 人、婚姻、住房 ----

-- Of two rows of the population register that speak of one person, the one with a household counts.
INSERT INTO housing_marriage.person (edition, person_id, citizen_id, name, name_sound, sex, birth_date, household_id, relation_to_head,
                                     division_code, is_resident, died_on, register_status, register_updated_on, is_doubtful)
SELECT concat(:tick, '/', :run), entity.person_id,
       coalesce(first_value(mention.checked_id ORDER BY mention.mention) FILTER (WHERE mention.checked_id IS NOT NULL),
                first_value(mention.id18 ORDER BY mention.mention) FILTER (WHERE cid_check(mention.id18)['id18'] IS NOT NULL)),
       first_value(mention.name ORDER BY row.household_id IS NULL, mention.mention),
       first_value(mention.pinyin ORDER BY row.household_id IS NULL, mention.mention),
       first_value(mention.sex ORDER BY mention.mention) FILTER (WHERE mention.sex IS NOT NULL),
       first_value(mention.birth ORDER BY mention.mention) FILTER (WHERE mention.birth IS NOT NULL),
       first_value(row.household_id ORDER BY mention.mention) FILTER (WHERE row.household_id IS NOT NULL),
       first_value(row.relation_to_head ORDER BY mention.mention) FILTER (WHERE row.household_id IS NOT NULL),
       first_value(row.division_code ORDER BY row.household_id IS NULL, mention.mention) FILTER (WHERE row.record_id IS NOT NULL),
       coalesce(bool_and(row.status = '正常') FILTER (WHERE row.record_id IS NOT NULL), false),
       max(row.status_date) FILTER (WHERE row.status = '死亡注销'),
       first_value(row.marital_status ORDER BY row.household_id IS NULL, mention.mention) FILTER (WHERE row.record_id IS NOT NULL),
       max(row.updated_on), count(DISTINCT mention.checked_id) > 1
FROM housing_marriage.entity AS entity
JOIN housing_marriage.mention AS mention ON mention.mention = entity.mention
LEFT JOIN population.person AS row ON mention.register = '1' AND row.record_id = mention.record_id
GROUP BY entity.person_id;

-- A marriage ends with its divorce, with a death, or at the latest when one of the two marries somebody else. Of registrations of one day a
-- divorce comes before a wedding.
INSERT INTO housing_marriage.marriage (edition, husband_id, wife_id, from_date, seen_from, to_date, end_reason, source, is_proved)
WITH event AS (
  SELECT husband.person_id AS husband_id, wife.person_id AS wife_id, m.event_type, m.registered_on AS day, m.source, m.record_id,
         coalesce((of_husband.checked_id = first.citizen_id OR (of_husband.id18 = first.citizen_id AND of_husband.pinyin = first.name_sound))
                  AND (of_wife.checked_id = second.citizen_id OR (of_wife.id18 = second.citizen_id AND of_wife.pinyin = second.name_sound)),
                  false) AS is_proved
  FROM population.marriage AS m
  JOIN housing_marriage.entity AS husband ON husband.register = '2' AND husband.role = 'husband' AND husband.record_id = m.record_id
  JOIN housing_marriage.entity AS wife ON wife.register = '2' AND wife.role = 'wife' AND wife.record_id = m.record_id
  JOIN housing_marriage.mention AS of_husband ON of_husband.mention = husband.mention
  JOIN housing_marriage.mention AS of_wife ON of_wife.mention = wife.mention
  JOIN housing_marriage.person AS first ON first.edition = concat(:tick, '/', :run) AND first.person_id = husband.person_id
  JOIN housing_marriage.person AS second ON second.edition = concat(:tick, '/', :run) AND second.person_id = wife.person_id
),
ordered AS (
  SELECT *, coalesce(sum(CASE event_type WHEN '离婚登记' THEN 1 ELSE 0 END) OVER (
              PARTITION BY husband_id, wife_id ORDER BY day, event_type = '结婚登记', record_id
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS divorces
  FROM event
),
bond AS (
  SELECT husband_id, wife_id, min(CASE event_type WHEN '结婚登记' THEN day END) AS from_date, min(day) AS seen_from,
         max(CASE event_type WHEN '离婚登记' THEN day END) AS divorced_on, bool_or(is_proved) AS is_proved,
         CASE WHEN max(CASE event_type WHEN '结婚登记' THEN source END) IS NOT NULL THEN max(CASE event_type WHEN '结婚登记' THEN source END)
              WHEN bool_or(event_type = '离婚登记') THEN '离婚登记' ELSE '补领结婚证' END AS source
  FROM ordered GROUP BY husband_id, wife_id, divorces
),
-- One that is known by its end alone comes before what begins on that day.
next AS (
  SELECT *, least(lead(seen_from) OVER (PARTITION BY husband_id ORDER BY seen_from, coalesce(divorced_on = seen_from, false) DESC, wife_id),
                  lead(seen_from) OVER (PARTITION BY wife_id ORDER BY seen_from, coalesce(divorced_on = seen_from, false) DESC, husband_id))
              AS remarried_on
  FROM bond
)
SELECT concat(:tick, '/', :run), next.husband_id, next.wife_id, next.from_date, next.seen_from,
       least(next.divorced_on, husband.died_on, wife.died_on, next.remarried_on),
       CASE least(next.divorced_on, husband.died_on, wife.died_on, next.remarried_on)
            WHEN next.divorced_on THEN '离婚' WHEN husband.died_on THEN '死亡' WHEN wife.died_on THEN '死亡' WHEN next.remarried_on THEN '推定' END,
       next.source, next.is_proved
FROM next
JOIN housing_marriage.person AS husband ON husband.edition = concat(:tick, '/', :run) AND husband.person_id = next.husband_id
JOIN housing_marriage.person AS wife ON wife.edition = concat(:tick, '/', :run) AND wife.person_id = next.wife_id;

-- The marriage register goes before the household register, which learns late. Where neither shows a marriage in force, what the household
-- register says stands, as of its own last change; where they contradict each other, or the household register has changed to divorced or
-- widowed after the wedding, it is unknown. Marriages are registered anywhere in the country since 2025-05-10, so a city's register proves
-- marriages and never that there is none.
INSERT INTO housing_marriage.marital_status (edition, person_id, status, source, known_on, since, spouse_id)
WITH bond AS (
  SELECT husband_id AS person_id, wife_id AS spouse_id, from_date, seen_from, to_date, end_reason FROM housing_marriage.marriage
  WHERE edition = concat(:tick, '/', :run)
  UNION ALL
  SELECT wife_id, husband_id, from_date, seen_from, to_date, end_reason FROM housing_marriage.marriage
  WHERE edition = concat(:tick, '/', :run)
),
last AS (
  SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY person_id ORDER BY to_date DESC NULLS FIRST, seen_from DESC, spouse_id) AS age FROM bond) WHERE age = 1
),
both AS (
  SELECT person.person_id, person.register_updated_on, last.spouse_id, coalesce(last.from_date, last.seen_from) AS from_date, last.to_date,
         CASE WHEN last.person_id IS NULL THEN NULL
              WHEN last.to_date IS NULL AND person.register_status IN ('30', '40') AND person.register_updated_on > last.seen_from THEN '未知'
              WHEN last.to_date IS NULL THEN '有配偶'
              WHEN last.end_reason = '离婚' THEN '离婚' WHEN last.end_reason = '死亡' THEN '丧偶' ELSE '未知' END AS registered,
         CASE WHEN person.register_status LIKE '2%' THEN '有配偶' WHEN person.register_status LIKE '1%' THEN '未婚'
              WHEN person.register_status LIKE '3%' THEN '丧偶' WHEN person.register_status LIKE '4%' THEN '离婚' END AS household
  FROM housing_marriage.person AS person LEFT JOIN last ON last.person_id = person.person_id
  WHERE person.edition = concat(:tick, '/', :run) AND person.is_resident
)
SELECT concat(:tick, '/', :run), person_id,
       CASE WHEN registered = '有配偶' THEN registered WHEN registered IS NULL THEN coalesce(household, '未知')
            WHEN registered = household THEN registered ELSE '未知' END,
       CASE WHEN registered IS NOT NULL AND (registered = '有配偶' OR registered = household) THEN '婚姻登记'
            WHEN registered IS NULL AND household IS NOT NULL THEN '户籍' WHEN registered IS NULL THEN '无记录' ELSE '婚姻登记与户籍不一致' END,
       CASE WHEN registered IS NULL THEN register_updated_on ELSE CAST(coalesce(nullif(:as_of, ''), substr(:tick, 1, 10)) AS DATE) END,
       CASE WHEN registered = '有配偶' THEN from_date WHEN registered = household THEN to_date END,
       CASE WHEN registered = '有配偶' THEN spouse_id END
FROM both;

-- A title is proved to be somebody's if its number checks and is theirs, or if number and name are both theirs.
INSERT INTO housing_marriage.holding (edition, record_id, unit_number, certificate_no, person_id, share_numerator, share_denominator, from_date,
                                      to_date, reason, price, division_code, is_proved, probability)
WITH chance AS (
  SELECT mention, max(probability) AS probability
  FROM (SELECT id_l AS mention, probability FROM housing_marriage.edge WHERE band = 'accept'
        UNION ALL SELECT id_r, probability FROM housing_marriage.edge WHERE band = 'accept')
  GROUP BY mention
)
SELECT concat(:tick, '/', :run), title.record_id, title.unit_number, title.certificate_no, entity.person_id, title.share_numerator,
       title.share_denominator, title.registered_on, title.ended_on, title.reason, title.price, title.division_code,
       coalesce(mention.checked_id = person.citizen_id OR (mention.id18 = person.citizen_id AND mention.pinyin = person.name_sound), false),
       coalesce(chance.probability, 1)
FROM housing.title AS title
JOIN housing_marriage.entity AS entity ON entity.register = '3' AND entity.record_id = title.record_id
JOIN housing_marriage.mention AS mention ON mention.mention = entity.mention
JOIN housing_marriage.person AS person ON person.edition = concat(:tick, '/', :run) AND person.person_id = entity.person_id
LEFT JOIN chance ON chance.mention = entity.mention
WHERE title.use = '住宅';

-- Parents: the head of whom somebody is the child, and whoever was married to the head around the birth, but of stepchildren. Of other children
-- of a household, each adult in it who is old enough may be a parent, and so may a spouse of the head whose marriage began nobody knows when.
-- 20-27 and 29 are sons, 30-37 and 39 daughters, 27 and 37 adopted or of a spouse (GB/T 4761-2008).
INSERT INTO housing_marriage.parent (edition, child_id, parent_id, birth_date, is_certain)
WITH person AS (
  SELECT person_id, household_id, relation_to_head, birth_date FROM housing_marriage.person
  WHERE edition = concat(:tick, '/', :run) AND household_id IS NOT NULL AND birth_date IS NOT NULL
),
of_head AS (
  SELECT child.person_id AS child_id, head.person_id AS parent_id, child.birth_date, child.relation_to_head IN ('27', '37') AS is_step
  FROM person AS child
  JOIN person AS head ON head.household_id = child.household_id AND head.relation_to_head IN ('01', '02')
  WHERE child.relation_to_head BETWEEN '20' AND '39' AND child.relation_to_head NOT IN ('28', '38')
),
bond AS (
  SELECT husband_id AS person_id, wife_id AS spouse_id, from_date, seen_from, to_date FROM housing_marriage.marriage WHERE edition = concat(:tick, '/', :run)
  UNION ALL
  SELECT wife_id AS person_id, husband_id AS spouse_id, from_date, seen_from, to_date FROM housing_marriage.marriage WHERE edition = concat(:tick, '/', :run)
),
tie AS (
  SELECT child_id, parent_id, birth_date, true AS is_certain FROM of_head
  UNION ALL
  SELECT of_head.child_id, bond.spouse_id AS parent_id, of_head.birth_date, bond.from_date IS NOT NULL AS is_certain
  FROM of_head JOIN bond ON bond.person_id = of_head.parent_id
  WHERE NOT of_head.is_step AND (bond.from_date IS NULL OR bond.from_date <= of_head.birth_date + INTERVAL '1 year')
    AND (bond.to_date IS NULL OR bond.to_date >= of_head.birth_date - INTERVAL '300 days')
  UNION ALL
  SELECT child.person_id AS child_id, adult.person_id AS parent_id, child.birth_date, false AS is_certain
  FROM person AS child
  JOIN person AS adult ON adult.household_id = child.household_id AND adult.birth_date <= child.birth_date - INTERVAL '16 years'
  WHERE NOT (child.relation_to_head BETWEEN '20' AND '39' AND child.relation_to_head NOT IN ('28', '38'))
)
SELECT concat(:tick, '/', :run), child_id, parent_id, birth_date, bool_or(is_certain) FROM tie GROUP BY child_id, parent_id, birth_date;

-- ---- Doubts and the queue · 存疑与复核队列 ----

-- What somebody has to look at: pairs in the model's band of review; accepted pairs within persons whose records have two numbers; pairs that were
-- decided to be of two persons and are linked by others; and holders whom no other register knows and whose number does not check, beside
-- everybody whose name, now or before, sounds the same. Decided pairs come back only if the decision had no effect.
INSERT INTO housing_marriage.review (edition, mention_l, mention_r, name_l, name_r, citizen_id_l, citizen_id_r, birth_date_l, birth_date_r, rule,
                                     weight, probability)
WITH decided AS (
  SELECT mention_l, mention_r, same
  FROM (SELECT *, row_number() OVER (PARTITION BY mention_l, mention_r ORDER BY decided_at DESC, same) AS age FROM housing_marriage.decision)
  WHERE age = 1
),
doubtful AS (SELECT person_id FROM housing_marriage.person WHERE edition = concat(:tick, '/', :run) AND is_doubtful),
stray AS (
  SELECT entity.person_id, min(entity.mention) AS mention, min(mention.pinyin) AS name_sound
  FROM housing_marriage.entity AS entity JOIN housing_marriage.mention AS mention ON mention.mention = entity.mention
  GROUP BY entity.person_id
  HAVING count(mention.checked_id) = 0 AND min(mention.register) = '3'
),
sound AS (
  SELECT DISTINCT entity.person_id, mention.pinyin AS name_sound
  FROM housing_marriage.entity AS entity JOIN housing_marriage.mention AS mention ON mention.mention = entity.mention
  UNION
  SELECT entity.person_id, person_name_key(row.former_name)['pinyin'] AS name_sound
  FROM housing_marriage.entity AS entity JOIN population.person AS row ON entity.register = '1' AND entity.record_id = row.record_id
  WHERE row.former_name IS NOT NULL
),
pair AS (
  SELECT edge.id_l, edge.id_r, CAST(edge.rule AS VARCHAR) AS rule, edge.weight, edge.probability, false AS is_decided
  FROM housing_marriage.edge AS edge
  JOIN housing_marriage.entity AS of_l ON of_l.mention = edge.id_l
  JOIN housing_marriage.entity AS of_r ON of_r.mention = edge.id_r
  JOIN housing_marriage.mention AS l ON l.mention = edge.id_l
  JOIN housing_marriage.mention AS r ON r.mention = edge.id_r
  LEFT JOIN doubtful ON doubtful.person_id = of_l.person_id
  WHERE (edge.band = 'review' AND of_l.person_id <> of_r.person_id)
     OR (doubtful.person_id IS NOT NULL AND of_l.person_id = of_r.person_id AND l.checked_id <> r.checked_id)
  UNION ALL
  SELECT decided.mention_l AS id_l, decided.mention_r AS id_r, '已定为两人，仍经其他记录相连' AS rule, CAST(NULL AS DOUBLE) AS weight,
         CAST(NULL AS DOUBLE) AS probability, true AS is_decided
  FROM decided
  JOIN housing_marriage.entity AS of_l ON of_l.mention = decided.mention_l
  JOIN housing_marriage.entity AS of_r ON of_r.mention = decided.mention_r
  WHERE NOT decided.same AND of_l.person_id = of_r.person_id
  UNION ALL
  SELECT least(stray.mention, sound.person_id) AS id_l, greatest(stray.mention, sound.person_id) AS id_r, '姓名读音相同，号码校验不符' AS rule,
         CAST(NULL AS DOUBLE) AS weight, CAST(NULL AS DOUBLE) AS probability, false AS is_decided
  FROM stray JOIN sound ON sound.name_sound = stray.name_sound AND sound.person_id <> stray.person_id
)
SELECT concat(:tick, '/', :run), pair.id_l, pair.id_r, l.name, r.name, l.id18, r.id18, l.birth, r.birth, max(pair.rule), max(pair.weight),
       max(pair.probability)
FROM pair
JOIN housing_marriage.mention AS l ON l.mention = pair.id_l
JOIN housing_marriage.mention AS r ON r.mention = pair.id_r
LEFT JOIN decided ON decided.mention_l = pair.id_l AND decided.mention_r = pair.id_r
WHERE pair.is_decided OR decided.mention_l IS NULL
GROUP BY pair.id_l, pair.id_r, l.name, r.name, l.id18, r.id18, l.birth, r.birth;

-- Two that may be one: of pairs in the queue, and whoever has the number of another.
INSERT INTO housing_marriage.doubt (edition, person_id, other_id, probability)
WITH pair AS (
  SELECT of_l.person_id AS person_l, of_r.person_id AS person_r, review.probability
  FROM housing_marriage.review AS review
  JOIN housing_marriage.entity AS of_l ON of_l.mention = review.mention_l
  JOIN housing_marriage.entity AS of_r ON of_r.mention = review.mention_r
  WHERE review.edition = concat(:tick, '/', :run) AND of_l.person_id <> of_r.person_id
  UNION ALL
  SELECT one.person_id AS person_l, other.person_id AS person_r, CAST(NULL AS DOUBLE) AS probability
  FROM housing_marriage.person AS one
  JOIN housing_marriage.person AS other ON other.edition = concat(:tick, '/', :run) AND other.citizen_id = one.citizen_id
  WHERE one.edition = concat(:tick, '/', :run) AND one.person_id < other.person_id
)
SELECT concat(:tick, '/', :run), person_id, other_id, max(probability)
FROM (
  SELECT person_l AS person_id, person_r AS other_id, probability FROM pair
  UNION ALL
  SELECT person_r AS person_id, person_l AS other_id, probability FROM pair
)
GROUP BY person_id, other_id;

-- ---- What the counter looks up: an answer about one family reads a few rows of these; in order, so that the rest is passed over ----
-- 窗口查询所用；按查询键排序，只读少量数据

-- The family of each number: the person, spouses while the marriage lasts, their children and those of spouses meanwhile.
INSERT INTO housing_marriage.relative (edition, citizen_id, person_id, member, relative_id, through, spouse_number, from_date, to_date, born_on,
                                       is_certain)
WITH person AS (
  SELECT person_id, citizen_id, died_on FROM housing_marriage.person WHERE edition = concat(:tick, '/', :run)
),
marriage AS (
  SELECT husband_id, wife_id, coalesce(from_date, seen_from) AS from_date, to_date, is_proved
  FROM housing_marriage.marriage WHERE edition = concat(:tick, '/', :run)
),
side AS (
  SELECT husband_id AS person_id, wife_id AS spouse_id, from_date, to_date, is_proved FROM marriage
  UNION ALL
  SELECT wife_id AS person_id, husband_id AS spouse_id, from_date, to_date, is_proved FROM marriage
),
bond AS (
  SELECT side.person_id, side.spouse_id, spouse.citizen_id AS spouse_number, side.from_date, side.to_date,
         side.is_proved AND coalesce(status.status, '未知') <> '未知' AS is_certain
  FROM side
  JOIN person AS spouse ON spouse.person_id = side.spouse_id
  LEFT JOIN housing_marriage.marital_status AS status ON status.person_id = side.person_id AND status.edition = concat(:tick, '/', :run)
),
child AS (
  SELECT parent.parent_id, parent.child_id, parent.birth_date, child.died_on, parent.is_certain
  FROM housing_marriage.parent AS parent JOIN person AS child ON child.person_id = parent.child_id
  WHERE parent.edition = concat(:tick, '/', :run)
),
relative AS (
  SELECT person_id, 'self' AS member, person_id AS relative_id, 'self' AS through, CAST(NULL AS VARCHAR) AS spouse_number,
         CAST(NULL AS DATE) AS from_date, CAST(NULL AS DATE) AS to_date, CAST(NULL AS DATE) AS born_on, true AS is_certain
  FROM person
  UNION ALL
  SELECT person_id, 'spouse' AS member, spouse_id AS relative_id, 'spouse' AS through, spouse_number, from_date, to_date,
         CAST(NULL AS DATE) AS born_on, is_certain
  FROM bond
  UNION ALL
  SELECT parent_id AS person_id, 'child' AS member, child_id AS relative_id, 'self' AS through, CAST(NULL AS VARCHAR) AS spouse_number,
         birth_date AS from_date, died_on AS to_date, birth_date AS born_on, is_certain
  FROM child
  UNION ALL
  SELECT bond.person_id, 'child' AS member, child.child_id AS relative_id, 'spouse' AS through, bond.spouse_number,
         greatest(bond.from_date, child.birth_date) AS from_date, least(bond.to_date, child.died_on) AS to_date, child.birth_date AS born_on,
         bond.is_certain AND child.is_certain AS is_certain
  FROM bond JOIN child ON child.parent_id = bond.spouse_id
)
SELECT concat(:tick, '/', :run), person.citizen_id, relative.person_id, relative.member, relative.relative_id, relative.through,
       relative.spouse_number, relative.from_date, relative.to_date, relative.born_on, relative.is_certain
FROM relative JOIN person ON person.person_id = relative.person_id
WHERE person.citizen_id IS NOT NULL
ORDER BY person.citizen_id;

-- Each person beside the family. GB/T 4761-2008: 01 and 02 are the head of a household, 10 to 12 the spouse.
INSERT INTO housing_marriage.standing (edition, person_id, citizen_id, died_on, is_doubtful, status, source, known_on, is_spouse_in_household,
                                       marriage_seen_from)
WITH role AS (
  SELECT household_id, person_id, relation_to_head IN ('01', '02') AS is_head FROM housing_marriage.person
  WHERE edition = concat(:tick, '/', :run) AND relation_to_head IN ('01', '02', '10', '11', '12')
),
couple AS (
  SELECT DISTINCT one.person_id FROM role AS one JOIN role AS other ON other.household_id = one.household_id
  WHERE one.is_head <> other.is_head AND one.person_id <> other.person_id
),
undated AS (
  SELECT husband_id AS person_id, seen_from FROM housing_marriage.marriage WHERE edition = concat(:tick, '/', :run) AND from_date IS NULL
  UNION ALL
  SELECT wife_id AS person_id, seen_from FROM housing_marriage.marriage WHERE edition = concat(:tick, '/', :run) AND from_date IS NULL
),
seen AS (SELECT person_id, max(seen_from) AS seen_from FROM undated GROUP BY person_id)
SELECT concat(:tick, '/', :run), person.person_id, person.citizen_id, person.died_on, person.is_doubtful, status.status, status.source,
       status.known_on, couple.person_id IS NOT NULL, seen.seen_from
FROM housing_marriage.person AS person
LEFT JOIN housing_marriage.marital_status AS status ON status.person_id = person.person_id AND status.edition = concat(:tick, '/', :run)
LEFT JOIN couple ON couple.person_id = person.person_id
LEFT JOIN seen ON seen.person_id = person.person_id
WHERE person.edition = concat(:tick, '/', :run)
ORDER BY person.person_id;

-- Homes that speak against a person: their own, of whoever might be the same, of a late spouse from the death on.
INSERT INTO housing_marriage.claim (edition, person_id, basis, unit_number, share_numerator, share_denominator, since, from_date, to_date,
                                    is_proved, probability)
WITH home AS (
  SELECT holding.person_id, holding.unit_number, holding.share_numerator, holding.share_denominator, holding.from_date, holding.to_date,
         holding.is_proved AND NOT person.is_doubtful AS is_proved, holding.probability
  FROM housing_marriage.holding AS holding
  JOIN housing_marriage.person AS person ON person.person_id = holding.person_id AND person.edition = concat(:tick, '/', :run)
  WHERE holding.edition = concat(:tick, '/', :run)
),
widow AS (
  SELECT husband_id, wife_id, to_date FROM housing_marriage.marriage WHERE edition = concat(:tick, '/', :run) AND end_reason = '死亡'
),
suspect AS (
  SELECT person_id, 'doubt' AS basis, other_id, CAST(NULL AS DATE) AS since, probability
  FROM housing_marriage.doubt WHERE edition = concat(:tick, '/', :run)
  UNION ALL
  SELECT husband_id AS person_id, 'late_spouse' AS basis, wife_id AS other_id, to_date AS since, CAST(NULL AS DOUBLE) AS probability FROM widow
  UNION ALL
  SELECT wife_id AS person_id, 'late_spouse' AS basis, husband_id AS other_id, to_date AS since, CAST(NULL AS DOUBLE) AS probability FROM widow
)
SELECT concat(:tick, '/', :run), person_id, basis, unit_number, share_numerator, share_denominator, since, from_date, to_date, is_proved,
       probability
FROM (
  SELECT person_id, 'title' AS basis, unit_number, share_numerator, share_denominator, CAST(NULL AS DATE) AS since, from_date, to_date, is_proved,
         probability
  FROM home
  UNION ALL
  SELECT suspect.person_id, suspect.basis, home.unit_number, home.share_numerator, home.share_denominator, suspect.since, home.from_date,
         home.to_date, false AS is_proved, suspect.probability
  FROM suspect JOIN home ON home.person_id = suspect.other_id
)
ORDER BY person_id;

-- ---- Protected counts, once a month: of two nights one could tell what happened between · 经披露控制的汇总，每月一次 ----

-- The edition that this month's counts are made of, unless one of this month is published: without a row nothing is counted below.
DELETE FROM housing_marriage.month_due;
INSERT INTO housing_marriage.month_due (edition, as_of, month)
SELECT edition, as_of, month
FROM (SELECT concat(:tick, '/', :run) AS edition, as_of, CAST(date_trunc('month', as_of) AS DATE) AS month
      FROM (SELECT CAST(coalesce(nullif(:as_of, ''), substr(:tick, 1, 10)) AS DATE) AS as_of)) AS night
WHERE NOT EXISTS (SELECT 1 FROM housing_marriage.publication AS made WHERE CAST(date_trunc('month', made.as_of) AS DATE) = night.month);

-- Households by district, adults and homes. Adults: a couple, somebody married whose spouse lives elsewhere, and so on down to unknown; the
-- first that is true. Homes: distinct units of which a member holds a share.
INSERT INTO housing_marriage.homes_by_household (month, division_code, adults, homes, households, flag)
WITH member AS (
  SELECT person.household_id, person.division_code, person.person_id, status.status, status.spouse_id
  FROM housing_marriage.person AS person
  LEFT JOIN housing_marriage.marital_status AS status ON status.edition = person.edition AND status.person_id = person.person_id
  WHERE person.edition = (SELECT edition FROM housing_marriage.month_due) AND person.is_resident AND person.household_id IS NOT NULL
    AND person.birth_date <= (SELECT as_of FROM housing_marriage.month_due) - INTERVAL '18 years'
),
held AS (
  SELECT person.household_id, count(DISTINCT holding.unit_number) AS homes
  FROM housing_marriage.person AS person
  JOIN housing_marriage.holding AS holding ON holding.edition = person.edition AND holding.person_id = person.person_id
  WHERE person.edition = (SELECT edition FROM housing_marriage.month_due) AND person.is_resident AND holding.to_date IS NULL
  GROUP BY person.household_id
),
household AS (
  SELECT member.household_id, max(member.division_code) AS division_code,
         CASE WHEN bool_or(spouse.person_id IS NOT NULL) THEN '夫妻同户' WHEN bool_or(member.status = '有配偶') THEN '有配偶，配偶不同户'
              WHEN bool_or(member.status = '未知') THEN '未知' WHEN bool_or(member.status = '离婚') THEN '离婚'
              WHEN bool_or(member.status = '丧偶') THEN '丧偶' ELSE '未婚' END AS adults
  FROM member LEFT JOIN member AS spouse ON spouse.person_id = member.spouse_id AND spouse.household_id = member.household_id
  GROUP BY member.household_id
)
SELECT due.month, division_code, adults, homes, value, flag
FROM sdc_table((
  SELECT household.division_code, household.adults,
         CASE WHEN coalesce(held.homes, 0) >= 3 THEN '3+' ELSE CAST(coalesce(held.homes, 0) AS VARCHAR) END AS homes
  FROM household LEFT JOIN held ON held.household_id = household.household_id
), dims => (division_code, adults, homes), min_cell => 10)
CROSS JOIN housing_marriage.month_due AS due
WHERE NOT EXISTS (SELECT 1 FROM housing_marriage.homes_by_household AS made WHERE made.month = due.month);

-- Couples who bought near their wedding or divorce, by when; and between a divorce and the wedding of the same two within a year
INSERT INTO housing_marriage.purchases_near_marriage (month, year, timing, couples, flag)
WITH purchase AS (
  SELECT DISTINCT from_date AS day, person_id FROM housing_marriage.holding
  WHERE edition = (SELECT edition FROM housing_marriage.month_due) AND reason IN ('商品房买卖', '存量房买卖')
),
bond AS (
  SELECT *, lead(from_date) OVER (PARTITION BY husband_id, wife_id ORDER BY seen_from) AS again_on
  FROM housing_marriage.marriage WHERE edition = (SELECT edition FROM housing_marriage.month_due)
),
side AS (
  SELECT husband_id AS person_id, husband_id, wife_id, from_date, to_date, end_reason, again_on FROM bond
  UNION ALL
  SELECT wife_id AS person_id, husband_id, wife_id, from_date, to_date, end_reason, again_on FROM bond
),
near AS (
  SELECT '结婚' AS event, side.husband_id, side.wife_id, side.from_date AS event_day, purchase.day
  FROM side JOIN purchase ON purchase.person_id = side.person_id
  WHERE purchase.day BETWEEN side.from_date - INTERVAL '365 days' AND side.from_date + INTERVAL '365 days'
  UNION ALL
  SELECT '离婚' AS event, side.husband_id, side.wife_id, side.to_date AS event_day, purchase.day
  FROM side JOIN purchase ON purchase.person_id = side.person_id
  WHERE side.end_reason = '离婚' AND purchase.day BETWEEN side.to_date - INTERVAL '365 days' AND side.to_date + INTERVAL '365 days'
),
told AS (
  SELECT DISTINCT event_day, husband_id, wife_id,
         concat(event, CASE WHEN day < event_day - INTERVAL '90 days' THEN '前一年内' WHEN day < event_day THEN '前90天内'
                            WHEN day <= event_day + INTERVAL '90 days' THEN '后90天内' ELSE '后一年内' END) AS timing
  FROM near
  UNION ALL
  SELECT DISTINCT side.to_date AS event_day, side.husband_id, side.wife_id, '离婚后复婚前' AS timing
  FROM side JOIN purchase ON purchase.person_id = side.person_id
  WHERE side.end_reason = '离婚' AND side.again_on <= side.to_date + INTERVAL '365 days'
    AND purchase.day >= side.to_date AND purchase.day <= side.again_on
)
SELECT due.month, year, timing, value, flag
FROM sdc_table((SELECT CAST(CAST(date_part('year', event_day) AS INT) AS VARCHAR) AS year, timing FROM told), dims => (year, timing), min_cell => 10)
CROSS JOIN housing_marriage.month_due AS due
WHERE NOT EXISTS (SELECT 1 FROM housing_marriage.purchases_near_marriage AS made WHERE made.month = due.month);

-- How homes are held together, inherited and given away, by year of registration
INSERT INTO housing_marriage.transfers (month, year, kind, registrations, flag)
WITH deed AS (
  SELECT unit_number, from_date, max(reason) AS reason, max(price) AS price, count(DISTINCT person_id) AS holders,
         min(person_id) AS one, max(person_id) AS other
  FROM housing_marriage.holding WHERE edition = (SELECT edition FROM housing_marriage.month_due) GROUP BY unit_number, from_date
),
tie AS (
  SELECT husband_id AS one, wife_id AS other, seen_from, to_date FROM housing_marriage.marriage
  WHERE edition = (SELECT edition FROM housing_marriage.month_due)
  UNION ALL
  SELECT wife_id, husband_id, seen_from, to_date FROM housing_marriage.marriage
  WHERE edition = (SELECT edition FROM housing_marriage.month_due)
),
kin AS (
  SELECT DISTINCT child_id AS one, parent_id AS other FROM housing_marriage.parent
  WHERE edition = (SELECT edition FROM housing_marriage.month_due) AND is_certain
  UNION
  SELECT DISTINCT parent_id, child_id FROM housing_marriage.parent
  WHERE edition = (SELECT edition FROM housing_marriage.month_due) AND is_certain
),
married AS (
  SELECT DISTINCT deed.unit_number, deed.from_date FROM deed JOIN tie ON tie.one = deed.one AND tie.other = deed.other
  WHERE deed.holders = 2 AND tie.seen_from <= deed.from_date AND (tie.to_date IS NULL OR tie.to_date > deed.from_date)
),
kind AS (
  SELECT date_part('year', deed.from_date) AS year,
         CASE WHEN deed.reason = '继承' THEN '继承' WHEN deed.reason IN ('离婚析产', '夫妻间增加共有人') THEN deed.reason
              WHEN deed.reason = '赠与' OR deed.price = 0 THEN '无偿转移' WHEN deed.holders = 1 THEN '单独购买' WHEN married.unit_number IS NOT NULL THEN '配偶共同购买'
              WHEN deed.holders = 2 AND kin.one IS NOT NULL THEN '父母与子女共同购买' ELSE '未见亲属关系的共同购买' END AS kind
  FROM deed
  LEFT JOIN married ON married.unit_number = deed.unit_number AND married.from_date = deed.from_date
  LEFT JOIN kin ON kin.one = deed.one AND kin.other = deed.other
)
SELECT due.month, year, kind, value, flag
FROM sdc_table((SELECT CAST(CAST(year AS INT) AS VARCHAR) AS year, kind FROM kind), dims => (year, kind), min_cell => 10)
CROSS JOIN housing_marriage.month_due AS due
WHERE NOT EXISTS (SELECT 1 FROM housing_marriage.transfers AS made WHERE made.month = due.month);

-- How many hold how many homes of a district
INSERT INTO housing_marriage.concentration (month, division_code, homes, holders, flag)
SELECT due.month, division_code, homes, value, flag
FROM sdc_table((
  SELECT division_code,
         CASE WHEN count(DISTINCT unit_number) >= 4 THEN '4+' ELSE CAST(count(DISTINCT unit_number) AS VARCHAR) END AS homes
  FROM housing_marriage.holding WHERE edition = (SELECT edition FROM housing_marriage.month_due) AND to_date IS NULL
  GROUP BY division_code, person_id
), dims => (division_code, homes), min_cell => 10)
CROSS JOIN housing_marriage.month_due AS due
WHERE NOT EXISTS (SELECT 1 FROM housing_marriage.concentration AS made WHERE made.month = due.month);

-- The entropy of the shares of homes over holders, divided by its largest value: 1 if all hold the same; only of districts with 100 holders or
-- more, none of whom holds more than a tenth
INSERT INTO housing_marriage.ownership_entropy (month, division_code, entropy)
WITH part AS (
  SELECT division_code, person_id, sum(CAST(share_numerator AS DOUBLE) / share_denominator) AS held
  FROM housing_marriage.holding WHERE edition = (SELECT edition FROM housing_marriage.month_due) AND to_date IS NULL
  GROUP BY division_code, person_id
),
whole AS (SELECT division_code, sum(held) AS held, count(*) AS holders, max(held) AS largest FROM part GROUP BY division_code)
SELECT due.month, part.division_code, round(-sum(part.held / whole.held * ln(part.held / whole.held)) / ln(max(whole.holders)), 2)
FROM part JOIN whole ON whole.division_code = part.division_code
CROSS JOIN housing_marriage.month_due AS due
WHERE whole.holders >= 100 AND whole.largest <= 0.1 * whole.held
  AND NOT EXISTS (SELECT 1 FROM housing_marriage.ownership_entropy AS made WHERE made.month = due.month)
GROUP BY due.month, part.division_code;

-- ---- Publish · 发布 ----

INSERT INTO housing_marriage.publication (edition, as_of, run, persons, doubtful)
SELECT concat(:tick, '/', :run), CAST(coalesce(nullif(:as_of, ''), substr(:tick, 1, 10)) AS DATE), :run, count(*), count(*) FILTER (WHERE is_doubtful)
FROM housing_marriage.person WHERE edition = concat(:tick, '/', :run);

-- Details of the last two editions stay, for answers that are being read; the queue of the last alone. · 明细保留最近两个版本，队列仅保留最新
DELETE FROM housing_marriage.person WHERE edition < (SELECT edition FROM housing_marriage.publication ORDER BY edition DESC LIMIT 1 OFFSET 1);
DELETE FROM housing_marriage.marriage WHERE edition < (SELECT edition FROM housing_marriage.publication ORDER BY edition DESC LIMIT 1 OFFSET 1);
DELETE FROM housing_marriage.marital_status WHERE edition < (SELECT edition FROM housing_marriage.publication ORDER BY edition DESC LIMIT 1 OFFSET 1);
DELETE FROM housing_marriage.holding WHERE edition < (SELECT edition FROM housing_marriage.publication ORDER BY edition DESC LIMIT 1 OFFSET 1);
DELETE FROM housing_marriage.parent WHERE edition < (SELECT edition FROM housing_marriage.publication ORDER BY edition DESC LIMIT 1 OFFSET 1);
DELETE FROM housing_marriage.doubt WHERE edition < (SELECT edition FROM housing_marriage.publication ORDER BY edition DESC LIMIT 1 OFFSET 1);
DELETE FROM housing_marriage.relative WHERE edition < (SELECT edition FROM housing_marriage.publication ORDER BY edition DESC LIMIT 1 OFFSET 1);
DELETE FROM housing_marriage.standing WHERE edition < (SELECT edition FROM housing_marriage.publication ORDER BY edition DESC LIMIT 1 OFFSET 1);
DELETE FROM housing_marriage.claim WHERE edition < (SELECT edition FROM housing_marriage.publication ORDER BY edition DESC LIMIT 1 OFFSET 1);
DELETE FROM housing_marriage.review WHERE edition < concat(:tick, '/', :run);

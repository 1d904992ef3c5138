-- 城市有多少人:按区县统计在册人口与户数 | How many people: registered persons and households by district
SELECT d.name AS district, count(*) AS persons, count(DISTINCT p.household_id) AS households
FROM population.person p
JOIN geography.division d ON d.code = p.division_code
WHERE p.status = '正常'
GROUP BY d.name
ORDER BY persons DESC;

-- 年龄结构:每十岁一组的男女人数 | Age structure: women and men by decade of age
SELECT (2025 - CAST(date_part('year', birth_date) AS INT)) / 10 * 10 AS age_from,
       count(*) FILTER (WHERE sex = '2') AS women,
       count(*) FILTER (WHERE sex = '1') AS men
FROM population.person
WHERE status = '正常'
GROUP BY age_from
ORDER BY age_from;

-- 婚姻登记:近五年的登记量 | Marriages and divorces registered in the last five years
SELECT CAST(date_part('year', registered_on) AS INT) AS year, event_type, count(*) AS registrations
FROM population.marriage
WHERE registered_on >= DATE '2021-01-01'
GROUP BY year, event_type
ORDER BY year, registrations DESC;

-- 住房与婚姻:婚后一年内购房的夫妻(按登记证件号码直接关联) | Homes and marriages: purchases within a year of the wedding
SELECT CAST(date_part('year', m.registered_on) AS INT) AS year, count(DISTINCT m.certificate_no) AS couples,
       CAST(avg(t.price) AS DECIMAL(18, 0)) AS mean_price
FROM (
  SELECT certificate_no, registered_on, unnest(make_array(husband_id, wife_id)) AS spouse_id
  FROM population.marriage
  WHERE event_type = '结婚登记' AND registered_on >= DATE '2018-01-01'
) m
JOIN housing.title t ON t.document_no = m.spouse_id
WHERE t.use = '住宅' AND t.registered_on BETWEEN m.registered_on AND m.registered_on + INTERVAL '1 year'
GROUP BY year
ORDER BY year;

-- 园区项目:被重复申报的项目名称 | Park projects: titles that were filed more than once
SELECT title, count(*) AS filings, count(DISTINCT applicant_name) AS applicants, min(filed_on) AS first_filed
FROM legal.park_project
GROUP BY title
HAVING count(*) > 1
ORDER BY filings DESC, title
LIMIT 8;

-- @staged 政务服务:各部门办件量与平均用时(在集群上运行) | Services: cases and mean days by department, on the cluster
SELECT department, count(*) AS cases, round(avg(seconds) / 86400, 1) AS mean_days
FROM (
  SELECT case_id, min(department) AS department,
         date_part('epoch', max(ts)) - date_part('epoch', min(ts)) AS seconds
  FROM service.event
  GROUP BY case_id
)
GROUP BY department
ORDER BY cases DESC
LIMIT 10;

-- @staged 经济预测:各区地区生产总值未来四个季度(在集群上运行) | Forecast: the next four quarters of each district's GDP, on the cluster
SELECT division_code, step, quarter, round(yhat, 0) AS forecast, round(lo, 0) AS low, round(hi, 0) AS high, spec, error
FROM forecast((
    -- 累计值还原为当季值 | year-to-date figures back to single quarters
    SELECT division_code, period AS quarter,
           value - coalesce(lag(value) OVER (PARTITION BY division_code, date_part('year', period) ORDER BY period), 0) AS gdp
    FROM (
      SELECT division_code, period, last_value(CAST(value AS DOUBLE) ORDER BY revision) AS value
      FROM macro.indicator
      WHERE indicator_name = '地区生产总值' AND sector = '全部'
      GROUP BY division_code, period
    )
  ), time => quarter, value => gdp, by => division_code, horizon => 4)
ORDER BY division_code, step
LIMIT 12;

-- 增长拉动:最近一个月各区对全市用电量增速的拉动 | Contributions: what each district adds to the growth of electricity use, last month
SELECT d.name AS district, round(c.value, 0) AS value, round(c.growth, 1) AS growth, round(c.points, 2) AS points,
       round(c.city_growth, 2) AS city_growth
FROM economy.contribution c
JOIN geography.division d ON d.code = c.member
WHERE c.indicator_code = 'M0401' AND c.dimension = 'district'
      AND c.period = (SELECT max(period) FROM economy.growth WHERE indicator_code = 'M0401')
ORDER BY points DESC;

-- 增速预警:各指标最近一次转折 | Alerts: the newest turn in the growth of each indicator
SELECT indicator_name, since, direction_zh, direction_en, round(growth_then, 1) AS growth_then
FROM economy.alert
ORDER BY since DESC, indicator_name
LIMIT 8;

-- 预测评估:过去一年的预测与实际 | Evaluation: last year's forecasts beside what came
SELECT months_ahead, sum(n) AS forecasts, round(sum(n * mase) / sum(n), 2) AS mase, round(sum(n * smape) / sum(n), 1) AS smape,
       round(sum(n * coverage) / sum(n), 2) AS coverage
FROM economy.evaluation
GROUP BY months_ahead
ORDER BY months_ahead;

-- 关联质量:婚姻和不动产登记中的人与户籍人口的关联,与真实人员对照 | Linkage: people in the marriage and real-estate registers found among the registered, beside the truth
WITH record AS (
  SELECT e.register, e.person_id, t.person_id AS truth_id
  FROM housing_marriage.entity AS e
  JOIN truth.person_row AS t
    ON t.record_id = e.record_id AND t.role = e.role
       AND t.register = CASE e.register WHEN '1' THEN 'population.person' WHEN '2' THEN 'population.marriage' ELSE 'housing.title' END
),
registered AS (SELECT DISTINCT person_id, truth_id FROM record WHERE register = '1')
SELECT CASE r.register WHEN '2' THEN '婚姻登记' ELSE '不动产登记' END AS source, count(DISTINCT r.truth_id) AS persons, count(*) AS records,
       round(100.0 * count(mine.person_id) / count(*), 2) AS percent_right, count(other.person_id) - count(mine.person_id) AS wrong
FROM record AS r
LEFT JOIN registered AS mine ON mine.person_id = r.person_id AND mine.truth_id = r.truth_id
LEFT JOIN registered AS other ON other.person_id = r.person_id
WHERE r.register <> '1' AND r.truth_id IS NOT NULL
GROUP BY r.register
ORDER BY r.register;

-- 首套住房资格:去年结婚的家庭,与真实住房对照 | First homes: families who married last year, beside the homes that they truly hold
WITH adult AS (
  SELECT a.application_id, p.person_id, p.citizen_id
  FROM housing_marriage.application a
  JOIN truth.person p ON p.citizen_id = cid_check(a.citizen_id)['id18'] OR p.citizen_id = cid_check(a.spouse_citizen_id)['id18']
),
member AS (
  SELECT application_id, citizen_id FROM adult
  UNION
  SELECT adult.application_id, child.citizen_id
  FROM adult JOIN truth.person child ON child.father_id = adult.person_id OR child.mother_id = adult.person_id
  WHERE child.birth_date > DATE '2007-12-31' AND child.died_on IS NULL
),
truly AS (
  SELECT DISTINCT m.application_id FROM member m JOIN truth.holding h ON h.holder_code = m.citizen_id WHERE h.to_date IS NULL
)
SELECT f.answer, truly.application_id IS NOT NULL AS truly_holds_a_home, count(*) AS families, min(f.reasons_zh) AS for_example
FROM housing_marriage.first_home f
LEFT JOIN truly ON truly.application_id = f.application_id
GROUP BY f.answer, truly.application_id IS NOT NULL
ORDER BY f.answer, truly_holds_a_home;

-- 住房与婚姻:各类家庭的住房套数(经披露控制) | Homes by household: what may be published, small counts protected
SELECT adults, homes, households, flag
FROM housing_marriage.homes_by_household
WHERE division_code IS NULL AND adults IS NOT NULL AND homes IS NOT NULL
ORDER BY adults, homes;

-- 重复申报:植入的重复项目如何被识别,与真实情况对照 | Duplicate projects: what is told of those that were planted, beside the truth
SELECT t.relation AS truly, count(*) AS projects, count(r.relation) FILTER (WHERE r.relation = t.relation) AS told_so,
       count(r.relation) FILTER (WHERE r.relation IN ('same_filing', 'same_project') AND r.band = 'auto') AS called_duplicates,
       count(r.relation) FILTER (WHERE r.band = 'review') AS for_review,
       round(100.0 * count(*) FILTER (WHERE coalesce(r.relation IN ('same_filing', 'same_project'), false) = (t.relation IN ('same_filing', 'same_project')))
             / count(*), 1) AS percent_right
FROM truth.duplicate_project t
LEFT JOIN park_projects.related r
  ON least(r.earlier_id, r.later_id) = least(CAST(t.project_id AS VARCHAR), CAST(t.of_project_id AS VARCHAR))
     AND greatest(r.earlier_id, r.later_id) = greatest(CAST(t.project_id AS VARCHAR), CAST(t.of_project_id AS VARCHAR))
GROUP BY t.relation
ORDER BY t.relation;

-- 备案核查:窗口新申请与备案库比对,附依据 | The check at filing: what the city has already, with the reasons
SELECT filing_id, relation, round(score, 3) AS score, band, other_title, ask, reasons_zh
FROM park_projects.filing_check
WHERE source = 'register' AND relation <> 'similar_line'
ORDER BY filing_id, relation, other_title
LIMIT 8;

-- 数据目录:有哪些数据集,谁负责,如何共享 | The catalogue: which datasets there are, who answers for them, how they are shared
SELECT d.schema || '.' || d.name AS dataset, d.zh, o.zh AS owner, d.share, d.grade, count(*) AS fields
FROM huitong.datasets d
JOIN huitong.departments o ON o.name = d.owner
JOIN huitong.fields f ON f.schema = d.schema AND f.dataset = d.name
GROUP BY d.schema, d.name, d.zh, o.zh, d.share, d.grade
ORDER BY dataset;

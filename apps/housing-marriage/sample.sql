-- Families for the demo: couples of the sample city who married in its last year ask whether they may buy a first home, and declare their
-- homes: none, or the first of those that are registered under the husband's number, so that some forget one.
-- 演示用的家庭：上一年登记结婚的夫妻申请首套住房资格，并申报住房：无房，或丈夫名下登记最早的一套，因此部分家庭漏报。

DELETE FROM housing_marriage.application;
INSERT INTO housing_marriage.application (application_id, citizen_id, day, declared_status, spouse_citizen_id)
SELECT concat('2025-', lpad(CAST(row_number() OVER (ORDER BY record_id) AS VARCHAR), 6, '0')), husband_id, DATE '2025-12-31', '有配偶', wife_id
FROM population.marriage
WHERE event_type = '结婚登记' AND registered_on > DATE '2024-12-31' AND cid_check(husband_id)['id18'] IS NOT NULL;

DELETE FROM housing_marriage.declaration;
INSERT INTO housing_marriage.declaration (declaration_id, citizen_id, day, unit_number)
SELECT a.application_id, a.citizen_id, a.day, first_value(title.unit_number ORDER BY title.registered_on, title.record_id)
FROM housing_marriage.application AS a
LEFT JOIN housing.title AS title ON title.document_no = a.citizen_id AND title.status = '现势' AND title.use = '住宅'
GROUP BY a.application_id, a.citizen_id, a.day;

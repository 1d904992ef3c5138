-- Filings for the demo: what a clerk has before him one morning · 演示数据：窗口某日受理的申请

DELETE FROM park_projects.filing;

-- The second phase of a known project · 已有项目的二期
INSERT INTO park_projects.filing (filing_id, project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, investment, phase, filed_on)
SELECT '2026-0001', NULL, concat(replace(title, '(一期)', ''), '（二期）'), NULL, applicant_credit_code, applicant_name, industry, park, parcel,
       CAST(investment * 0.6 AS DECIMAL(18, 2)), 2, DATE '2026-01-05'
FROM park_projects.project WHERE project_id = '1';

-- The same project under a new name of the firm · 企业更名后再次申报
INSERT INTO park_projects.filing (filing_id, project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, investment, phase, filed_on)
SELECT '2026-0002', NULL, title, abstract, applicant_credit_code, '联和同泰实业有限公司', industry, park, parcel, investment, phase, DATE '2026-01-05'
FROM park_projects.project WHERE project_id = '1';

-- The same project by another firm in another park, with its words rearranged · 换企业、换园区、改写后申报
INSERT INTO park_projects.filing (filing_id, project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, investment, phase, filed_on)
SELECT '2026-0003', NULL, concat('新建', title), replace(replace(abstract, park, '高铁新城产业园'), applicant_name, '联和众卓实业有限公司'),
       NULL, '联和众卓实业有限公司', industry, '高铁新城产业园', NULL, investment, phase, DATE '2026-01-05'
FROM park_projects.project WHERE project_id = '1';

-- Something that the city does not have · 全新项目
INSERT INTO park_projects.filing (filing_id, project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, investment, phase, filed_on)
VALUES ('2026-0004', NULL, '年产1200台深海采样机器人项目', '研制深海采样机器人，定员63人，用地3.7公顷。', NULL, '联和深蓝海洋装备有限公司', 'C37', '滨海装备园', NULL,
        218000000, NULL, DATE '2026-01-05');

-- The monthly job: fits a model to what was known at the end of a day, and keeps what it forecasts, coherent from the districts to the
-- city. Running it again for the same day replaces that day's forecasts.
--   huitong job submit apps/economy/monthly.sql --name economy_2025_12 --param as_of=2025-12-31 --param model=auto
-- 月度作业：按某日已发布的数据拟合模型并保存预测，各区之和等于全市。同一天再次执行会替换当天的预测。

-- One row for each monthly indicator of the city and of each district. `accuracy` is the scaled error of the last three half years,
-- each forecast from what came before it.
CREATE OR REPLACE MODEL economy.monthly AS
WITH published AS (
  SELECT indicator_code, division_code, period, max(measure) AS measure,
         last_value(CAST(value AS DOUBLE) ORDER BY revision) AS value
  FROM macro.indicator
  WHERE frequency = '月' AND sector = '全部' AND released_on <= CAST(:as_of AS DATE)
  GROUP BY indicator_code, division_code, period
),
known AS (
  SELECT indicator_code, division_code, period, value FROM published WHERE measure = '当期值'
  UNION ALL
  SELECT indicator_code, division_code, part['ts'], part['y']
  FROM (
    SELECT indicator_code, division_code, unnest(ts_decumulate(period, value)) AS part
    FROM published WHERE measure = '累计值' GROUP BY indicator_code, division_code
  )
)
SELECT now.indicator_code, now.division_code, ts_fit(now.period, now.value, :model) AS model,
       ts_score(ts_backtest(now.period, now.value, 6, 3, :model))['mase'] AS accuracy,
       avg(abs(now.value - before.value)) AS scale
FROM known AS now
LEFT JOIN known AS before
  ON before.indicator_code = now.indicator_code AND before.division_code = now.division_code
     AND before.period + INTERVAL '1 year' = now.period
GROUP BY now.indicator_code, now.division_code;

DELETE FROM economy.forecast WHERE as_of = CAST(:as_of AS DATE);

INSERT INTO economy.forecast
WITH base AS (
  SELECT indicator_code, division_code, scale, unnest(ts_predict(model, 12)) AS f FROM economy.monthly
),
coherent AS (
  SELECT indicator_code, unnest(ts_reconcile(
           CASE WHEN is_city THEN ['city'] ELSE ['city', division_code] END, CAST(f['ts'] AS DATE), f['yhat'],
           ((f['hi'] - f['lo']) / 3.92) * ((f['hi'] - f['lo']) / 3.92))) AS r
  FROM (
    SELECT *, division_code = (SELECT min(code) FROM geography.division WHERE level = '市') AS is_city FROM base
  )
  WHERE f['error'] IS NULL
  GROUP BY indicator_code
)
SELECT CAST(:as_of AS DATE), base.indicator_code, base.division_code, CAST(f['ts'] AS DATE), f['step'], coalesce(r['yhat'], f['yhat']),
       coalesce(r['lo'], f['lo']), coalesce(r['hi'], f['hi']), f['model'], f['spec'], f['n_obs'], scale,
       coalesce(f['error'], r['error'])
FROM base
LEFT JOIN coherent
  ON coherent.indicator_code = base.indicator_code AND r['ts'] = CAST(f['ts'] AS DATE)
     AND CASE WHEN cardinality(r['node_path']) = 1 THEN (SELECT min(code) FROM geography.division WHERE level = '市')
              ELSE r['node_path'][2] END = base.division_code;

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
SELECT now.indicator_code, now.division_code, CAST(:as_of AS DATE) AS as_of, ts_fit(now.period, now.value, :model) AS model,
       ts_score(ts_backtest(now.period, now.value, 6, 3, :model))['mase'] AS accuracy,
       avg(abs(now.value - before.value)) AS scale
FROM known AS now
LEFT JOIN known AS before
  ON before.indicator_code = now.indicator_code AND before.division_code = now.division_code
     AND before.period + INTERVAL '1 year' = now.period
GROUP BY now.indicator_code, now.division_code;

DELETE FROM economy.forecast WHERE as_of = CAST(:as_of AS DATE);

-- From the model of that day and of no other; its version is kept beside each forecast, and huitong.models says who fitted it to what.
-- Indicators of which all parts have a forecast for the same months are reconciled; the others stay as they were forecast, and say why
-- they need not add up.
INSERT INTO economy.forecast (as_of, indicator_code, division_code, period, step, yhat, lo, hi, model, spec, n_obs, why, scale, accuracy,
                              model_version, error)
WITH base AS (
  SELECT as_of, indicator_code, division_code, scale, accuracy, CAST(f['ts'] AS DATE) AS period, f['step'] AS step, f['yhat'] AS yhat,
         f['lo'] AS lo, f['hi'] AS hi, f['model'] AS model, f['spec'] AS spec, f['n_obs'] AS n_obs,
         f['why'] AS why, f['error'] AS error,
         division_code = (SELECT min(code) FROM geography.division WHERE level = 'city') AS is_city
  FROM (SELECT *, unnest(ts_predict(model, 12)) AS f FROM economy.monthly WHERE as_of = CAST(:as_of AS DATE))
),
complete AS (
  SELECT indicator_code FROM base GROUP BY indicator_code HAVING count(error) = 0
),
reconciled AS (
  SELECT indicator_code, unnest(ts_reconcile(CASE WHEN is_city THEN ['city'] ELSE ['city', division_code] END, period, yhat,
                                             ((hi - lo) / 3.92) * ((hi - lo) / 3.92))) AS r
  FROM base
  WHERE indicator_code IN (SELECT indicator_code FROM complete)
  GROUP BY indicator_code
),
coherent AS (
  SELECT indicator_code, r['ts'] AS period, cardinality(r['node_path']) = 1 AS is_city, r['node_path'][2] AS division_code,
         r['yhat'] AS yhat, r['lo'] AS lo, r['hi'] AS hi
  FROM reconciled
  WHERE r['error'] IS NULL
),
broken AS (
  SELECT indicator_code, max(r['error']) AS error FROM reconciled WHERE r['error'] IS NOT NULL GROUP BY indicator_code
)
SELECT base.as_of, base.indicator_code, base.division_code, base.period, base.step, coalesce(coherent.yhat, base.yhat),
       CASE WHEN coherent.yhat IS NULL THEN base.lo ELSE coherent.lo END,
       CASE WHEN coherent.yhat IS NULL THEN base.hi ELSE coherent.hi END, base.model, base.spec, base.n_obs, base.why, base.scale,
       base.accuracy, (SELECT max(version) FROM huitong.models WHERE schema = 'economy' AND name = 'monthly'),
       CASE WHEN base.error IS NOT NULL THEN base.error
            WHEN coherent.yhat IS NOT NULL THEN NULL
            ELSE coalesce('not reconciled: ' || broken.error, 'not reconciled: a part of the indicator has no forecast') END
FROM base
LEFT JOIN coherent
  ON coherent.indicator_code = base.indicator_code AND coherent.period = base.period AND coherent.is_city = base.is_city
     AND (base.is_city OR coherent.division_code = base.division_code)
LEFT JOIN broken ON broken.indicator_code = base.indicator_code;

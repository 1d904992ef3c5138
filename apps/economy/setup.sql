-- What the economy application keeps and shows, from the indicators as they were published. Run it once, and again after a change of it.
-- 经济评估应用的表和视图，由已发布的指标计算。执行一次即可；修改后再执行。

CREATE SCHEMA IF NOT EXISTS economy;

-- What the monthly job (monthly.sql) has forecast, and when · 月度作业历次的预测
CREATE TABLE IF NOT EXISTS economy.forecast (
  as_of DATE NOT NULL,
  indicator_code VARCHAR NOT NULL,
  division_code VARCHAR NOT NULL,
  period DATE,
  step INT,
  yhat DOUBLE,
  lo DOUBLE,
  hi DOUBLE,
  model VARCHAR,
  spec VARCHAR,
  n_obs INT,
  why VARCHAR,
  scale DOUBLE,
  accuracy DOUBLE,
  model_version BIGINT,
  error VARCHAR
);
-- Of a table that is older than these columns · 为早期建立的表补列
ALTER TABLE economy.forecast ADD COLUMN IF NOT EXISTS why VARCHAR;
ALTER TABLE economy.forecast ADD COLUMN IF NOT EXISTS accuracy DOUBLE;
ALTER TABLE economy.forecast ADD COLUMN IF NOT EXISTS model_version BIGINT;

-- The newest figure of each period, as it was published. What kind of figure it is follows from its name and unit: a stock (余额) is not
-- summed over months, and an index on the year before (上年同月=100) is a growth rate already
-- · 各期最新发布的数值。余额是时点数，不跨月累加；以上年同月为 100 的指数本身就是增速
CREATE OR REPLACE VIEW economy.published AS
SELECT indicator_code, max(indicator_name) AS indicator_name, max(frequency) AS frequency, max(measure) AS measure,
       CASE WHEN max(unit) LIKE '上年%=100' THEN '指数' WHEN max(indicator_name) LIKE '%余额' THEN '存量' ELSE '流量' END AS kind,
       division_code, sector, period, last_value(CAST(value AS DOUBLE) ORDER BY revision) AS value, max(unit) AS unit,
       max(released_on) AS released_on
FROM macro.indicator
GROUP BY indicator_code, division_code, sector, period;

-- Values of single months and quarters: figures since January are taken apart; where January has none of its own, it gets half of the
-- two months · 当期值：累计值还原为当月（当季）值，1-2月合并发布的平分
CREATE OR REPLACE VIEW economy.period_value AS
SELECT indicator_code, indicator_name, frequency, kind, division_code, sector, period, value, unit
FROM economy.published
WHERE measure = '当期值'
UNION ALL
SELECT indicator_code, indicator_name, frequency, kind, division_code, sector, part['ts'] AS period, part['y'] AS value, unit
FROM (
  SELECT indicator_code, max(indicator_name) AS indicator_name, max(frequency) AS frequency, max(kind) AS kind, division_code,
         sector, max(unit) AS unit, unnest(ts_decumulate(period, value)) AS part
  FROM economy.published
  WHERE measure = '累计值'
  GROUP BY indicator_code, division_code, sector
)
WHERE part['y'] IS NOT NULL;

-- Growth on the same period of the year before, in percent: of the period, and for flows since January, where both years have all of these
-- months · 同比增速：当期；流量指标另有年初以来的累计（两年各月齐全时）
CREATE OR REPLACE VIEW economy.growth AS
WITH summed AS (
  SELECT *, sum(value) OVER since_january AS total, count(*) OVER since_january AS periods
  FROM economy.period_value
  WHERE kind <> '指数'
  WINDOW since_january AS (PARTITION BY indicator_code, division_code, sector, date_part('year', period) ORDER BY period)
)
SELECT now.indicator_code, now.indicator_name, now.frequency, now.kind, now.division_code, now.sector, now.period, now.value,
       before.value AS value_before, now.unit, 100 * (now.value / before.value - 1) AS growth,
       CASE WHEN now.kind = '流量' AND now.periods = before.periods AND before.total > 0
                 AND now.periods = CASE now.frequency WHEN '季' THEN date_part('quarter', now.period) ELSE date_part('month', now.period) END
            THEN 100 * (now.total / before.total - 1) END AS growth_since_january
FROM summed AS now
JOIN summed AS before
  ON before.indicator_code = now.indicator_code AND before.division_code = now.division_code AND before.sector = now.sector
     AND CAST(before.period + INTERVAL '1 year' AS DATE) = now.period
WHERE before.value > 0;

-- What each district and each sector adds to the city's growth, in percentage points: the parts of a dimension add up to it. A part that is
-- not there in one of the years counts as zero · 各区、各行业对全市增速的拉动（百分点），同一维度各部分之和等于全市增速；某年没有的部分按零计
CREATE OR REPLACE VIEW economy.contribution AS
WITH city AS (SELECT min(code) AS code FROM geography.division WHERE level = 'city'),
part AS (
  SELECT indicator_code, period, 'district' AS dimension, division_code AS member, value
  FROM economy.period_value
  WHERE sector = '全部' AND division_code NOT IN (SELECT code FROM city)
  UNION ALL
  SELECT indicator_code, period, 'sector' AS dimension, sector AS member, value
  FROM economy.period_value
  WHERE sector <> '全部' AND division_code IN (SELECT code FROM city)
),
pair AS (
  SELECT coalesce(now.indicator_code, before.indicator_code) AS indicator_code, coalesce(now.period, before.period) AS period,
         coalesce(now.dimension, before.dimension) AS dimension, coalesce(now.member, before.member) AS member,
         coalesce(now.value, 0) AS value, coalesce(before.value, 0) AS value_before
  FROM part AS now
  FULL JOIN (SELECT indicator_code, CAST(period + INTERVAL '1 year' AS DATE) AS period, dimension, member, value FROM part) AS before
    ON before.indicator_code = now.indicator_code AND before.period = now.period AND before.dimension = now.dimension
       AND before.member = now.member
)
SELECT whole.indicator_code, whole.indicator_name, whole.period, pair.dimension, pair.member, pair.value,
       CASE WHEN pair.value_before > 0 THEN 100 * (pair.value / pair.value_before - 1) END AS growth,
       100 * (pair.value - pair.value_before) / whole.value_before AS points, whole.growth AS city_growth
FROM economy.growth AS whole
JOIN city ON city.code = whole.division_code
JOIN pair ON pair.indicator_code = whole.indicator_code AND pair.period = whole.period
WHERE whole.sector = '全部';

-- Peaks and troughs of growth: of the trend of each monthly indicator of the city, without season, holidays and outliers
-- · 增速的峰与谷：剔除季节、节假日和异常值后，全市各月度指标趋势的同比增速
CREATE OR REPLACE VIEW economy.turning_point AS
SELECT indicator_code, period, kind, growth, duration, amplitude
FROM (
  SELECT indicator_code, period, kind, y AS growth, duration, amplitude
  FROM turning_points((
    SELECT indicator_code, period, 100 * (trend / before - 1) AS growth
    FROM (
      SELECT indicator_code, period, trend, lag(trend, 12) OVER (PARTITION BY indicator_code ORDER BY period) AS before
      FROM decompose((
        SELECT indicator_code, period, value
        FROM economy.period_value
        WHERE frequency = '月' AND kind <> '指数' AND sector = '全部'
              AND division_code = (SELECT min(code) FROM geography.division WHERE level = 'city')
      ), time => period, value => value, by => indicator_code, calendar => 'CN')
    )
    WHERE before > 0
  ), time => period, value => growth, by => indicator_code)
)
WHERE kind IS NOT NULL;

-- The newest turn of each indicator: what the department looks at first · 预警：各指标最近一次转折
CREATE OR REPLACE VIEW economy.alert AS
SELECT turn.indicator_code, name.indicator_name, turn.period AS since,
       CASE turn.kind WHEN 'peak' THEN '增速回落' ELSE '增速回升' END AS direction_zh,
       CASE turn.kind WHEN 'peak' THEN 'growth slows' ELSE 'growth quickens' END AS direction_en,
       turn.growth AS growth_then, turn.amplitude
FROM (
  SELECT *, row_number() OVER (PARTITION BY indicator_code ORDER BY period DESC) AS age FROM economy.turning_point
) AS turn
JOIN (SELECT indicator_code, max(indicator_name) AS indicator_name FROM macro.indicator GROUP BY indicator_code) AS name
  ON name.indicator_code = turn.indicator_code
WHERE turn.age = 1;

-- Past forecasts beside what came: by indicator and by how many months ahead. A mase below 1: errors are smaller than the usual change from
-- one year to the next in what was known then · 历次预测与实际的比较：按指标和预测期。mase 小于 1 表示误差小于当时样本内通常的同比变动
CREATE OR REPLACE VIEW economy.evaluation AS
SELECT indicator_code, division_code, months_ahead, score['n'] AS n, score['mase'] AS mase, score['smape'] AS smape,
       score['bias'] AS bias, score['coverage'] AS coverage
FROM (
  SELECT past.indicator_code, past.division_code, 3 * ((past.step - 1) / 3) + 3 AS months_ahead,
         ts_accuracy(now.value, past.yhat, past.lo, past.hi, past.scale) AS score
  FROM economy.forecast AS past
  JOIN economy.period_value AS now
    ON now.indicator_code = past.indicator_code AND now.division_code = past.division_code AND now.period = past.period
       AND now.sector = '全部'
  GROUP BY past.indicator_code, past.division_code, 3 * ((past.step - 1) / 3) + 3
);

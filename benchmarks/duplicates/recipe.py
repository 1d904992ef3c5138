"""Two registers without duplicates of their own, matched by text alone, in SQL. Nothing in here knows a data set.

A record is one text: all its columns but `id`, in one writing, with signs taken for blanks. So registers need no columns in common.

1. Candidates share a rare word: one of the ten rarest words of each record that both registers have. A word of more than a hundred
   records is no key, so that candidates grow with the records, not with their square.
2. The score is the mean of two cosines, each with rare pieces weighing more: of words, which tell topics apart, and of runs of three
   characters, which forgive spelling and meet in model numbers that are written with or without hyphens.
3. How alike matches are differs from register to register, and with how long a text is; that a match is more alike than the next best
   candidates of its two records does not. A pair counts if its score is above the mean of these two rivals by a twentieth, and not
   below a fifth, where texts share little more than a phrase.
4. Of what is left, the pairs of largest sum while each record is in one at most.
"""

KEYS = 10
LARGEST_BLOCK = 100
CONTRAST = 1.05
LEAST = 0.2


def one_text(columns):
    values = ", ".join(f"CAST({quoted(column)} AS VARCHAR)" for column in columns)
    return rf"trim(regexp_replace(zh_normalize(concat_ws(' ', {values})), '[^\p{{L}}\p{{N}}]+', ' ', 'g'))"


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def texts(left, left_columns, right, right_columns):
    return f"""
SELECT side, id, zh_tokens(text) AS words, ngrams(text, 3) AS runs FROM (
  SELECT 'l' AS side, CAST(id AS VARCHAR) AS id, {one_text(left_columns)} AS text FROM {left}
  UNION ALL
  SELECT 'r', CAST(id AS VARCHAR), {one_text(right_columns)} FROM {right})"""


def candidates(texts):
    return f"""
WITH has AS (SELECT DISTINCT side, id, unnest(words) AS word FROM {texts}),
     common AS (
       SELECT word, count(*) AS n FROM has GROUP BY word HAVING count(DISTINCT side) = 2 AND count(*) <= {LARGEST_BLOCK}),
     ranked AS (
       SELECT side, id, word, row_number() OVER (PARTITION BY side, id ORDER BY n, word) AS place FROM has JOIN common USING (word)),
     keys AS (SELECT side, id, word FROM ranked WHERE place <= {KEYS})
SELECT DISTINCT l.id AS id_l, r.id AS id_r FROM keys AS l JOIN keys AS r ON l.word = r.word WHERE l.side = 'l' AND r.side = 'r'"""


def scores(texts, candidates):
    return f"""
WITH weights AS (SELECT idf_build(words) AS words, idf_build(runs) AS runs FROM {texts})
SELECT id_l, id_r, (token_cosine(l.words, r.words, w.words) + token_cosine(l.runs, r.runs, w.runs)) / 2 AS score
FROM {candidates} JOIN {texts} AS l ON l.side = 'l' AND l.id = id_l JOIN {texts} AS r ON r.side = 'r' AND r.id = id_r
CROSS JOIN weights AS w"""


def matches(scores):
    return f"""
WITH ranked AS (
       SELECT id_l, id_r, score, {rival("l")} AS rival_l, {rival("r")} AS rival_r
       FROM {scores} WINDOW l AS ({ordered("id_l", "id_r")}), r AS ({ordered("id_r", "id_l")}))
SELECT id_l, id_r FROM one_to_one((
  SELECT id_l, id_r, score AS weight FROM ranked WHERE score >= {LEAST} AND score >= {CONTRAST} * (rival_l + rival_r) / 2))"""


def rival(side):
    """The best score of the record of that side with another record; 0 if it is in no other pair."""
    second = f"coalesce(nth_value(score, 2) OVER {side}, 0)"
    return f"CASE row_number() OVER {side} WHEN 1 THEN {second} ELSE first_value(score) OVER {side} END"


def ordered(own, other):
    return f"PARTITION BY {own} ORDER BY score DESC, {other} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"

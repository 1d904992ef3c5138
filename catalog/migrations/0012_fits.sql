-- Models that were fitted from data: of each version of a model's table how it was made. A model is its directory, since a name may be
-- given again. `inputs` is a JSON list of tables with their versions, `accuracy` a number as text, none where the model tells none.
CREATE TABLE fits (
    location      TEXT NOT NULL,
    version       BIGINT NOT NULL,
    kind          TEXT NOT NULL,
    specification TEXT NOT NULL,
    inputs        TEXT NOT NULL,
    members       BIGINT NOT NULL,
    accuracy      TEXT,
    made_by       TEXT NOT NULL,
    made_at       BIGINT NOT NULL,
    PRIMARY KEY (location, version)
);

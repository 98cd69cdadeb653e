-- Everything of ours lives in the schema aiot; views that people query get schemas of their own.
CREATE SCHEMA aiot;
CREATE SCHEMA devices;
CREATE SCHEMA pipelines;

-- What is stored of each point. Rows of series that left the blueprint stay, inactive, for their history's sake.
CREATE TABLE aiot.series (
    id          bigint PRIMARY KEY,
    address     text NOT NULL,
    site        text NOT NULL,
    gateway     text NOT NULL,
    device      text NOT NULL,
    device_type text NOT NULL,
    point       text NOT NULL,
    pipeline    text NOT NULL,
    aggregate   text NOT NULL,
    type        text NOT NULL CHECK (type IN ('boolean', 'integer', 'decimal', 'float', 'text')),
    unit        text NOT NULL,
    low         numeric,
    high        numeric,
    silence_ms  bigint NOT NULL,
    enum        jsonb NOT NULL,
    lake        boolean NOT NULL,
    active      boolean NOT NULL DEFAULT true,
    first_applied timestamptz NOT NULL DEFAULT now(),
    last_applied  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX series_by_type ON aiot.series (device_type, pipeline, site, device);

CREATE TABLE aiot.quality (code smallint PRIMARY KEY, name text NOT NULL, meaning text NOT NULL);
INSERT INTO aiot.quality VALUES
    (0, 'good', 'the device gave the value and it is in range'),
    (1, 'uncertain', 'the device itself doubts the value'),
    (2, 'bad_status', 'the device marked the value as bad'),
    (3, 'no_value', 'the device sent its mark for "no value"'),
    (4, 'not_a_number', 'the value was NaN or infinite'),
    (5, 'out_of_range', 'the value lies outside the range of its point'),
    (6, 'wrong_type', 'the value does not fit the type of its point'),
    (16, 'late', 'added to the others: the time of the value lay outside the partitions kept for fresh data');

-- What the maintenance job reads: retain and partition, in seconds.
CREATE TABLE aiot.setting (name text PRIMARY KEY, value text NOT NULL);

-- What was last applied, as digests, so that a probe need not compare row by row.
CREATE TABLE aiot.applied (name text PRIMARY KEY, digest text NOT NULL, applied timestamptz NOT NULL DEFAULT now());

-- How the background jobs fare, one row a job.
CREATE TABLE aiot.job (
    name    text PRIMARY KEY,
    ran     timestamptz NOT NULL DEFAULT now(),
    failure text,
    facts   jsonb NOT NULL DEFAULT '{}'
);

-- One row a value. `n` is the order of insertion, which the lake export follows; `quality` as in aiot.quality.
CREATE TABLE aiot.value (
    series  bigint NOT NULL,
    time    timestamptz NOT NULL,
    n       bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME aiot.value_order),
    f       double precision,
    i       bigint,
    d       numeric,
    t       text,
    b       boolean,
    quality smallint NOT NULL,
    PRIMARY KEY (series, time)
) PARTITION BY RANGE (time);
CREATE INDEX value_by_order ON aiot.value USING brin (n) WITH (pages_per_range = 16, autosummarize = on);

-- Where values go whose time lies outside all dated partitions: a stepped clock, an arrival long after the fact.
CREATE TABLE aiot.value_default PARTITION OF aiot.value DEFAULT;

-- The dated partitions, [low, high) each, contiguous.
CREATE TABLE aiot.partition (
    name text PRIMARY KEY,
    low  timestamptz NOT NULL,
    high timestamptz NOT NULL
);

-- Values under an id that no series has: counted, so that they can be found, and otherwise dropped.
CREATE TABLE aiot.stray (
    s     text PRIMARY KEY,
    count bigint NOT NULL,
    first timestamptz NOT NULL DEFAULT now(),
    last  timestamptz NOT NULL DEFAULT now()
);

-- Tells this database's exports from those of any other that wrote into the same bucket, or of one made anew.
CREATE TABLE aiot.origin (id text PRIMARY KEY);
INSERT INTO aiot.origin VALUES (left(replace(gen_random_uuid()::text, '-', ''), 12));

-- What the lake export has done. A batch is the values with from_n < n <= to_n, and each n is in one batch.
CREATE TABLE aiot.export (
    batch    bigint PRIMARY KEY,
    from_n   bigint NOT NULL,
    to_n     bigint NOT NULL CHECK (to_n > from_n),
    state    text NOT NULL CHECK (state IN ('open', 'done')),
    rows     bigint NOT NULL DEFAULT 0,
    started  timestamptz NOT NULL DEFAULT now(),
    finished timestamptz
);
CREATE UNIQUE INDEX one_open_export ON aiot.export (state) WHERE state = 'open';

-- The objects an open batch has written or was about to write; forgotten when the batch is done.
CREATE TABLE aiot.export_object (
    batch bigint NOT NULL REFERENCES aiot.export,
    key   text NOT NULL,
    PRIMARY KEY (batch, key)
);

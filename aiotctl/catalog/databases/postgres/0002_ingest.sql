-- What the hub's collector copies into. Its columns are the tag and fields of a metric; all but time may be missing.
-- Unlogged, because it is empty at every commit: the trigger moves a batch on within the transaction that brought it.
CREATE UNLOGGED TABLE aiot.ingest (
    time timestamptz NOT NULL,
    s    text,
    f    double precision,
    i    bigint,
    d    text,
    t    text,
    b    boolean,
    q    bigint
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_threshold = -1);
COMMENT ON COLUMN aiot.ingest.s IS 'tag';

-- Stores a batch: each value once (the first one to come wins), in the column of its series' type, with its quality.
-- Nothing that a value holds may fail here, because the collector drops a batch that fails for its content.
CREATE FUNCTION aiot.store_batch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fresh_from timestamptz;
    fresh_to   timestamptz;
BEGIN
    SELECT min(low), max(high) INTO fresh_from, fresh_to FROM aiot.partition;

    INSERT INTO aiot.value (series, time, f, i, d, t, b, quality)
    SELECT id, time, value.f, value.i, value.d, value.t, value.b,
        CASE
            WHEN given NOT BETWEEN 0 AND 15 THEN 1
            WHEN given IN (0, 1, 5) AND num_nonnulls(value.f, value.i, value.d, value.t, value.b) = 0
                THEN CASE WHEN nan THEN 4 ELSE 6 END
            ELSE given
        END + CASE WHEN time >= fresh_from AND time < fresh_to THEN 0 ELSE 16 END
    FROM (
        SELECT series.id, series.type, batch.time, batch.t, batch.b,
            coalesce(batch.q, 0) AS given,
            coalesce(batch.f IN ('NaN', 'Infinity', '-Infinity'), false) AS nan,
            CASE WHEN batch.f NOT IN ('NaN', 'Infinity', '-Infinity') THEN batch.f END AS f,
            batch.i,
            CASE WHEN batch.d ~ '^[-+]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][-+]?[0-9]{1,2})?$' THEN batch.d::numeric END AS d
        FROM batch
        JOIN aiot.series ON series.id = CASE WHEN pg_input_is_valid(batch.s, 'bigint') THEN batch.s::bigint END
    ) AS told
    CROSS JOIN LATERAL (
        SELECT
            CASE type WHEN 'float' THEN coalesce(told.f, told.i, told.d::float8) END AS f,
            CASE type WHEN 'integer' THEN coalesce(
                told.i,
                CASE WHEN told.d = trunc(told.d) AND abs(told.d) < 9223372036854775807 THEN told.d::bigint END,
                CASE WHEN told.f = trunc(told.f) AND abs(told.f) < 9e18 THEN told.f::bigint END) END AS i,
            CASE type WHEN 'decimal' THEN coalesce(told.d, told.i, told.f::numeric) END AS d,
            CASE type WHEN 'text' THEN told.t END AS t,
            CASE type WHEN 'boolean' THEN coalesce(told.b, CASE told.i WHEN 0 THEN false WHEN 1 THEN true END) END AS b
    ) AS value
    ON CONFLICT DO NOTHING;

    INSERT INTO aiot.stray AS known (s, count)
    SELECT left(coalesce(batch.s, ''), 100), count(*)
    FROM batch
    WHERE NOT EXISTS (
        SELECT FROM aiot.series
        WHERE series.id = CASE WHEN pg_input_is_valid(batch.s, 'bigint') THEN batch.s::bigint END
    )
    GROUP BY 1
    ON CONFLICT (s) DO UPDATE SET count = known.count + excluded.count, last = now();

    DELETE FROM aiot.ingest;
    RETURN NULL;
END
$$;

CREATE TRIGGER store_batch AFTER INSERT ON aiot.ingest
REFERENCING NEW TABLE AS batch FOR EACH STATEMENT EXECUTE FUNCTION aiot.store_batch();

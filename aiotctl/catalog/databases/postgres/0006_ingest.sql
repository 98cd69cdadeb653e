-- The id that a text names, null where it is none: digits alone, within 63 bits. PostgreSQL 15 has no
-- pg_input_is_valid. Without settings of its own the function becomes part of the query that calls it.
CREATE FUNCTION aiot.series_of(told text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN told ~ '^[0-9]{1,18}$' THEN told::bigint
        WHEN told ~ '^[0-9]{19}$' AND told COLLATE "C" <= '9223372036854775807' THEN told::bigint
    END
$$;

-- Stores a batch: each value once (the first one to come wins), in the column of its series' type, with its quality.
-- Nothing that a value holds may fail here, because the collector drops a batch that fails for its content.
CREATE OR REPLACE FUNCTION aiot.store_batch() RETURNS trigger
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
        JOIN aiot.series ON series.id = aiot.series_of(batch.s)
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
        WHERE series.id = aiot.series_of(batch.s)
    )
    GROUP BY 1
    ON CONFLICT (s) DO UPDATE SET count = known.count + excluded.count, last = now();

    DELETE FROM aiot.ingest;
    RETURN NULL;
END
$$;

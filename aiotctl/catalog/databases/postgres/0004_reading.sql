-- The newest value of each active series; values from the future (a stepped clock) do not count.
CREATE VIEW aiot.latest AS
SELECT series.id AS series, site, device, device_type, point, pipeline, aggregate, unit, type,
    newest.time, coalesce(f, i, d::float8) AS number,
    coalesce(t, b::text, d::text, i::text, f::text) AS text,
    newest.quality, now() - newest.time AS age
FROM aiot.series
LEFT JOIN LATERAL (
    -- The older partitions are searched only for a series that has nothing in those of the last two days.
    (SELECT * FROM aiot.value
     WHERE value.series = series.id AND value.time > now() - interval '2 days'
         AND value.time <= now() + interval '1 minute'
     ORDER BY value.time DESC LIMIT 1)
    UNION ALL
    (SELECT * FROM aiot.value
     WHERE value.series = series.id AND value.time <= now() - interval '2 days'
     ORDER BY value.time DESC LIMIT 1)
    LIMIT 1
) AS newest ON true
WHERE active;
COMMENT ON VIEW aiot.latest IS 'the newest value of each active series';

-- The largest n below which every value is committed. The lock waits for the batches under way, each of which holds the
-- table it came in through until it commits; what comes later draws a larger n.
CREATE FUNCTION aiot.export_horizon() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    LOCK TABLE aiot.ingest IN SHARE MODE;
    RETURN (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM aiot.value_order);
END
$$;

GRANT USAGE ON SCHEMA aiot TO writer, reader, exporter;
GRANT INSERT ON aiot.ingest TO writer;
GRANT USAGE ON SCHEMA devices, pipelines TO reader;
GRANT SELECT ON aiot.series, aiot.quality, aiot.value, aiot.latest, aiot.setting, aiot.applied, aiot.job,
    aiot.partition, aiot.stray, aiot.export TO reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA devices GRANT SELECT ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA pipelines GRANT SELECT ON TABLES TO reader;
GRANT SELECT ON aiot.series, aiot.value, aiot.setting, aiot.origin TO exporter;
GRANT SELECT, INSERT, UPDATE, DELETE ON aiot.export TO exporter;
GRANT SELECT, INSERT, UPDATE ON aiot.job TO exporter;
GRANT SELECT, INSERT, DELETE ON aiot.export_object TO exporter;
REVOKE ALL ON FUNCTION aiot.export_horizon() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aiot.export_horizon() TO exporter;

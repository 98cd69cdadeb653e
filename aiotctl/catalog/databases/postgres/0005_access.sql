-- What the roles of people and programs see: a pipeline's values (empty: the raw ones) of a site (empty: of all).
CREATE TABLE aiot.scope (
    role     text NOT NULL,
    pipeline text NOT NULL,
    site     text NOT NULL,
    PRIMARY KEY (role, pipeline, site)
);

-- The scopes of whoever asks. A view reads tables as its owner, but its functions tell of the one who asks.
CREATE VIEW aiot.own_scope AS
SELECT scope.pipeline, scope.site
FROM aiot.scope
JOIN pg_catalog.pg_roles ON pg_roles.rolname = scope.role
WHERE pg_has_role(pg_roles.oid, 'USAGE');

-- The series whose values whoever asks may read. Each of the subqueries runs once, not once a row.
-- A barrier: no function of the asker's own is called with a row before it is known to be theirs.
CREATE VIEW aiot.readable_series WITH (security_barrier) AS
SELECT series.*
FROM aiot.series
WHERE (SELECT pg_has_role('reader', 'USAGE'))
    OR pipeline IN (SELECT own_scope.pipeline FROM aiot.own_scope WHERE own_scope.site = '')
    OR (pipeline, site) IN (SELECT own_scope.pipeline, own_scope.site FROM aiot.own_scope WHERE own_scope.site <> '');
COMMENT ON VIEW aiot.readable_series IS 'the series whose values you may read';

CREATE OR REPLACE VIEW aiot.latest WITH (security_barrier) AS
SELECT series.id AS series, site, device, device_type, point, pipeline, aggregate, unit, type,
    newest.time, coalesce(f, i, d::float8) AS number,
    coalesce(t, b::text, d::text, i::text, f::text) AS text,
    newest.quality, now() - newest.time AS age
FROM aiot.readable_series AS series
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

-- By itself PostgreSQL lets everybody call every function.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA aiot FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT SELECT ON aiot.readable_series TO reader;
GRANT EXECUTE ON FUNCTION aiot.export_horizon() TO exporter;

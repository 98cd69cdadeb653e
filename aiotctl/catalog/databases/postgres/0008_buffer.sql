-- What the forwarder of each gateway last said of its buffer. What was dropped is counted from the gateway's
-- installation on; times are this database's own, because a gateway's clock may be wrong.
CREATE TABLE aiot.buffer (
    gateway          text PRIMARY KEY,
    told             timestamptz NOT NULL,
    dropped_messages bigint NOT NULL,
    dropped_values   bigint NOT NULL,
    dropped_told     timestamptz,
    held_messages    bigint NOT NULL,
    held_bytes       bigint NOT NULL,
    limit_bytes      bigint NOT NULL
);
COMMENT ON TABLE aiot.buffer IS 'the buffers of the gateways, and what had to go because one was full';
COMMENT ON COLUMN aiot.buffer.gateway IS 'SITE/GATEWAY';
COMMENT ON COLUMN aiot.buffer.dropped_told IS 'when it was first heard of the newest drop';

-- Where the hub's collector copies what it is told, and nothing stays. Its columns are those of the metric.
CREATE UNLOGGED TABLE aiot.told_buffer (
    time             timestamptz,
    gateway          text,
    dropped_messages bigint,
    dropped_values   bigint,
    held_messages    bigint,
    held_bytes       bigint,
    limit_bytes      bigint
);
COMMENT ON COLUMN aiot.told_buffer.gateway IS 'tag';

CREATE FUNCTION aiot.store_buffer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO aiot.buffer AS known
    SELECT left(NEW.gateway, 200), now(), told.messages, told.values, CASE WHEN told.values > 0 THEN now() END,
        coalesce(NEW.held_messages, 0), coalesce(NEW.held_bytes, 0), coalesce(NEW.limit_bytes, 0)
    FROM (SELECT coalesce(NEW.dropped_messages, 0) AS messages, coalesce(NEW.dropped_values, 0) AS values) AS told
    WHERE NEW.gateway IS NOT NULL
    ON CONFLICT (gateway) DO UPDATE SET
        told = now(),
        dropped_messages = excluded.dropped_messages,
        dropped_values = excluded.dropped_values,
        dropped_told = CASE
            WHEN excluded.dropped_values > known.dropped_values THEN now()
            ELSE known.dropped_told
        END,
        held_messages = excluded.held_messages,
        held_bytes = excluded.held_bytes,
        limit_bytes = excluded.limit_bytes;
    RETURN NULL;
END
$$;

CREATE TRIGGER store_buffer BEFORE INSERT ON aiot.told_buffer FOR EACH ROW EXECUTE FUNCTION aiot.store_buffer();

GRANT INSERT ON aiot.told_buffer TO writer;
GRANT SELECT ON aiot.buffer TO reader;

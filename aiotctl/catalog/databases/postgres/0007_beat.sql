-- Where the hub's collector copies the second metric that it makes of each value, and nothing stays: see "A batch has
-- two tables" in the decisions. Its columns are those of that metric.
CREATE UNLOGGED TABLE aiot.beat (time timestamptz, q bigint);

CREATE FUNCTION aiot.forget_beat() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_beat BEFORE INSERT ON aiot.beat FOR EACH ROW EXECUTE FUNCTION aiot.forget_beat();

GRANT INSERT ON aiot.beat TO writer;

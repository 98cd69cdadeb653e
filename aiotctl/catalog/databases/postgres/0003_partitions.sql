-- A setting as a number of seconds.
CREATE FUNCTION aiot.seconds(wanted text) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT value::bigint FROM aiot.setting WHERE name = wanted
$$;

-- Makes the partition [low, high) and moves into it what the default one holds of that time.
CREATE FUNCTION aiot.add_partition(low timestamptz, high timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := 'value_' || to_char(low AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS');
BEGIN
    EXECUTE format('CREATE TABLE aiot.%I (LIKE aiot.value INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    EXECUTE format(
        'WITH moved AS (DELETE FROM aiot.value_default WHERE time >= %L AND time < %L RETURNING *) '
        'INSERT INTO aiot.%I SELECT * FROM moved', low, high, name);
    EXECUTE format('ALTER TABLE aiot.value ATTACH PARTITION aiot.%I FOR VALUES FROM (%L) TO (%L)', name, low, high);
    INSERT INTO aiot.partition VALUES (name, low, high);
END
$$;

-- Makes the partitions from two widths ago (or where the last one ends) until a week ahead, at least three widths.
-- Returns how many it made. Partitions keep the width they were made with.
CREATE FUNCTION aiot.make_partitions(at timestamptz DEFAULT now()) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    width    bigint := aiot.seconds('partition');
    horizon  timestamptz := at + make_interval(secs => greatest(7 * 86400, 3 * width));
    earliest timestamptz := at - make_interval(secs => aiot.seconds('retain'));
    low      timestamptz;
    high     timestamptz;
    made     integer := 0;
BEGIN
    SELECT max(partition.high) INTO low FROM aiot.partition;
    IF low IS NULL OR low < earliest THEN
        low := to_timestamp(floor(extract(epoch FROM at) / width) * width - 2 * width);
    END IF;
    WHILE low < horizon LOOP
        high := to_timestamp((floor(extract(epoch FROM low) / width) + 1) * width);
        PERFORM aiot.add_partition(low, high);
        low := high;
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;

-- Drops what is older than the retention, except what the lake still waits for. Returns how many partitions went.
CREATE FUNCTION aiot.drop_partitions(at timestamptz DEFAULT now()) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    limit_   timestamptz := at - make_interval(secs => aiot.seconds('retain'));
    lake     boolean := coalesce((SELECT value = 'on' FROM aiot.setting WHERE setting.name = 'lake'), false);
    exported bigint := (SELECT coalesce(max(to_n), 0) FROM aiot.export WHERE state = 'done');
    old      aiot.partition;
    waiting  boolean;
    dropped  integer := 0;
BEGIN
    FOR old IN SELECT * FROM aiot.partition WHERE high <= limit_ ORDER BY low LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM aiot.%I WHERE n > $1)', old.name) INTO waiting USING exported;
        EXIT WHEN lake AND waiting;
        EXECUTE format('DROP TABLE aiot.%I', old.name);
        DELETE FROM aiot.partition WHERE partition.name = old.name;
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM aiot.value_default WHERE time < limit_ AND (n <= exported OR NOT lake);
    RETURN dropped;
END
$$;

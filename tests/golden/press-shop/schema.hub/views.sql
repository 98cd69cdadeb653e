-- devices.chiller
SELECT v.time, s.site, s.device, max(v.quality) AS quality,
    max(v.f) FILTER (WHERE s.point = 'supply_temperature' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "supply_temperature",
    bool_or(v.b) FILTER (WHERE s.point = 'compressor_running' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "compressor_running"
FROM aiot.value AS v JOIN aiot.readable_series AS s ON s.id = v.series
WHERE s.pipeline = '' AND s.device_type = 'chiller'
GROUP BY v.time, s.site, s.device
-- devices.hydraulic_press
SELECT v.time, s.site, s.device, max(v.quality) AS quality,
    max(v.f) FILTER (WHERE s.point = 'oil_temperature' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "oil_temperature",
    max(v.f) FILTER (WHERE s.point = 'pressure' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "pressure",
    max(v.f) FILTER (WHERE s.point = 'energy' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "energy",
    CASE max(v.i) FILTER (WHERE s.point = 'state' AND s.aggregate = '' AND v.quality & 15 <= 1) WHEN 0 THEN 'stopped' WHEN 1 THEN 'running' WHEN 2 THEN 'fault' ELSE (max(v.i) FILTER (WHERE s.point = 'state' AND s.aggregate = '' AND v.quality & 15 <= 1))::text END AS "state",
    bool_or(v.b) FILTER (WHERE s.point = 'door_open' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "door_open"
FROM aiot.value AS v JOIN aiot.readable_series AS s ON s.id = v.series
WHERE s.pipeline = '' AND s.device_type = 'hydraulic-press'
GROUP BY v.time, s.site, s.device
-- devices.vibration_sensor
SELECT v.time, s.site, s.device, max(v.quality) AS quality,
    max(v.f) FILTER (WHERE s.point = 'rms' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "rms"
FROM aiot.value AS v JOIN aiot.readable_series AS s ON s.id = v.series
WHERE s.pipeline = '' AND s.device_type = 'vibration-sensor'
GROUP BY v.time, s.site, s.device
-- pipelines.press_health
SELECT v.time, s.site, s.device, max(v.quality) AS quality,
    max(v.f) FILTER (WHERE s.point = 'oil_temperature' AND s.aggregate = 'mean' AND v.quality & 15 <= 1) AS "oil_temperature_mean",
    max(v.f) FILTER (WHERE s.point = 'oil_temperature' AND s.aggregate = 'max' AND v.quality & 15 <= 1) AS "oil_temperature_max",
    max(v.f) FILTER (WHERE s.point = 'pressure' AND s.aggregate = 'mean' AND v.quality & 15 <= 1) AS "pressure_mean",
    max(v.f) FILTER (WHERE s.point = 'pressure' AND s.aggregate = 'max' AND v.quality & 15 <= 1) AS "pressure_max"
FROM aiot.value AS v JOIN aiot.readable_series AS s ON s.id = v.series
WHERE s.pipeline = 'press-health'
GROUP BY v.time, s.site, s.device
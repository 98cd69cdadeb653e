-- devices.cold_sensor
SELECT v.time, s.site, s.device, max(v.quality) AS quality,
    max(v.f) FILTER (WHERE s.point = 'temperature' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "temperature",
    max(v.f) FILTER (WHERE s.point = 'humidity' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "humidity",
    max(v.f) FILTER (WHERE s.point = 'battery' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "battery"
FROM aiot.value AS v JOIN aiot.readable_series AS s ON s.id = v.series
WHERE s.pipeline = '' AND s.device_type = 'cold-sensor'
GROUP BY v.time, s.site, s.device
-- pipelines.temperature_trend
SELECT v.time, s.site, s.device, max(v.quality) AS quality,
    max(v.f) FILTER (WHERE s.point = 'temperature' AND s.aggregate = 'mean' AND v.quality & 15 <= 1) AS "temperature_mean",
    max(v.f) FILTER (WHERE s.point = 'temperature' AND s.aggregate = 'min' AND v.quality & 15 <= 1) AS "temperature_min",
    max(v.f) FILTER (WHERE s.point = 'temperature' AND s.aggregate = 'max' AND v.quality & 15 <= 1) AS "temperature_max"
FROM aiot.value AS v JOIN aiot.readable_series AS s ON s.id = v.series
WHERE s.pipeline = 'temperature-trend'
GROUP BY v.time, s.site, s.device
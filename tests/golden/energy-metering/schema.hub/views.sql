-- devices.sdm630
SELECT v.time, s.site, s.device, max(v.quality) AS quality,
    max(v.f) FILTER (WHERE s.point = 'voltage_l1' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "voltage_l1",
    max(v.f) FILTER (WHERE s.point = 'voltage_l2' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "voltage_l2",
    max(v.f) FILTER (WHERE s.point = 'voltage_l3' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "voltage_l3",
    max(v.f) FILTER (WHERE s.point = 'current_l1' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "current_l1",
    max(v.f) FILTER (WHERE s.point = 'current_l2' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "current_l2",
    max(v.f) FILTER (WHERE s.point = 'current_l3' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "current_l3",
    max(v.f) FILTER (WHERE s.point = 'power_l1' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "power_l1",
    max(v.f) FILTER (WHERE s.point = 'power_l2' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "power_l2",
    max(v.f) FILTER (WHERE s.point = 'power_l3' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "power_l3",
    max(v.f) FILTER (WHERE s.point = 'power' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "power",
    max(v.f) FILTER (WHERE s.point = 'power_factor' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "power_factor",
    max(v.f) FILTER (WHERE s.point = 'frequency' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "frequency",
    max(v.f) FILTER (WHERE s.point = 'energy_import' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "energy_import",
    max(v.f) FILTER (WHERE s.point = 'energy_export' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "energy_export",
    max(v.f) FILTER (WHERE s.point = 'voltage_l1_l2' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "voltage_l1_l2",
    max(v.f) FILTER (WHERE s.point = 'voltage_l2_l3' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "voltage_l2_l3",
    max(v.f) FILTER (WHERE s.point = 'voltage_l3_l1' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "voltage_l3_l1",
    max(v.f) FILTER (WHERE s.point = 'energy_total' AND s.aggregate = '' AND v.quality & 15 <= 1) AS "energy_total"
FROM aiot.value AS v JOIN aiot.readable_series AS s ON s.id = v.series
WHERE s.pipeline = '' AND s.device_type = 'sdm630'
GROUP BY v.time, s.site, s.device
-- pipelines.load
SELECT v.time, s.site, s.device, max(v.quality) AS quality,
    max(v.f) FILTER (WHERE s.point = 'power' AND s.aggregate = 'mean' AND v.quality & 15 <= 1) AS "power_mean",
    max(v.f) FILTER (WHERE s.point = 'power' AND s.aggregate = 'max' AND v.quality & 15 <= 1) AS "power_max"
FROM aiot.value AS v JOIN aiot.readable_series AS s ON s.id = v.series
WHERE s.pipeline = 'load'
GROUP BY v.time, s.site, s.device
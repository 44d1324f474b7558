/**
 * Metric names: the point for the assembly that is the Sparkplug device itself, `partId/point` for one of its parts.
 * Metric `speed` of device `tower` is tower.speed, metric `cdu-1-pa/speed` of device `cdu-1` is cdu-1-pa.speed.
 */
export const metricName = (place: {
  readonly device: string
  readonly equipment: string
  readonly point: string
}): string => (place.equipment === place.device ? place.point : `${place.equipment}/${place.point}`)

/** Equipment and point of a metric; undefined for a name with more than one stroke or an empty part. */
export function placeOfMetric(
  device: string,
  name: string,
): { readonly equipment: string; readonly point: string } | undefined {
  const stroke = name.indexOf('/')
  if (stroke < 0) return name === '' ? undefined : { equipment: device, point: name }
  const equipment = name.slice(0, stroke)
  const point = name.slice(stroke + 1)
  return equipment === '' || point === '' || point.includes('/') ? undefined : { equipment, point }
}

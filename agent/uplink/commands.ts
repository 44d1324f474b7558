import { isFailure } from '#contract/failure.ts'
import {
  acknowledgeMetric,
  type DeliveryMark,
  parseMark,
  rebirthMetric,
  releaseGroupMetric,
} from '#contract/messages/delivery.ts'
import type { SignedLease } from '#contract/messages/lease.ts'
import { type Mode, modeNames } from '#contract/points.ts'
import type { BirthPlan, PlannedPoint } from '#contract/sparkplug/birth.ts'
import { numberOf } from '#contract/sparkplug/dataTypes.ts'
import { leaseOfMetric } from '#contract/sparkplug/leaseMetric.ts'
import type { Metric, Payload } from '#contract/sparkplug/payload.ts'

/** What a host asked for, after its form was checked and nothing else. */
export type Command =
  | { readonly kind: 'rebirth' }
  | { readonly kind: 'acknowledge'; readonly mark: DeliveryMark }
  | { readonly kind: 'releaseGroup'; readonly groupId: string }
  | { readonly kind: 'lease'; readonly lease: SignedLease }
  | { readonly kind: 'mode'; readonly equipment: string; readonly mode: Mode }
  | { readonly kind: 'ignored'; readonly because: IgnoredCommand; readonly sentence: string }

export const ignoredCommands = [
  'retained',
  'undecodable',
  'unknownMetric',
  'notWritable',
  'wrongType',
  'leaseForm',
] as const
export type IgnoredCommand = (typeof ignoredCommands)[number]

/** A group id is a plan's name; ours have under 60 characters. */
const groupIdLengthMax = 100

const ignored = (because: IgnoredCommand, sentence: string): Command => ({
  kind: 'ignored',
  because,
  sentence,
})

export const nodeCommands = (payload: Payload): Command[] => payload.metrics.map(nodeCommand)

function nodeCommand({ name, value }: Metric): Command {
  switch (name) {
    case rebirthMetric:
      return value === true
        ? { kind: 'rebirth' }
        : ignored('wrongType', `${rebirthMetric} asks for nothing unless it is true`)
    case acknowledgeMetric: {
      const mark = typeof value === 'string' ? parseMark(value) : undefined
      return mark
        ? { kind: 'acknowledge', mark }
        : ignored('wrongType', `${acknowledgeMetric} does not hold a mark`)
    }
    case releaseGroupMetric:
      return typeof value === 'string' && value !== '' && value.length <= groupIdLengthMax
        ? { kind: 'releaseGroup', groupId: value }
        : ignored('wrongType', `${releaseGroupMetric} does not name a group`)
    default:
      return ignored('unknownMetric', `a command to the unknown node metric ${name ?? 'without a name'}`)
  }
}

export function deviceCommands(plan: BirthPlan, device: string, payload: Payload): Command[] {
  return payload.metrics.map(metric => {
    const point = pointOf(plan, device, metric)
    if (point === undefined)
      return ignored('unknownMetric', `a command to ${device}: no metric ${metric.name ?? metric.alias}`)
    const place = `${point.equipment}.${point.point}`
    if (!point.spec.writable) return ignored('notWritable', `a command to ${place}, which nobody may write`)
    if (metric.properties?.some(property => property.key === 'signature')) return lease(point, metric)
    if (point.point === 'mode') return mode(point, metric)
    return ignored('leaseForm', `a command to ${place} that is no lease`)
  })
}

function pointOf(plan: BirthPlan, device: string, metric: Metric): PlannedPoint | undefined {
  const point =
    metric.alias === undefined
      ? plan.devices.get(device)?.find(planned => planned.name === metric.name)
      : plan.byAlias.get(metric.alias)
  return point?.device === device ? point : undefined
}

function lease(point: PlannedPoint, metric: Metric): Command {
  try {
    return { kind: 'lease', lease: leaseOfMetric(point, metric) }
  } catch (error) {
    if (isFailure(error)) return ignored('leaseForm', error.message)
    throw error
  }
}

function mode(point: PlannedPoint, metric: Metric): Command {
  const name = modeNames[numberOf(metric.value, metric.datatype ?? point.datatype) ?? -1]
  return name === undefined
    ? ignored('wrongType', `a mode for ${point.equipment} that is none of ${modeNames.join(', ')}`)
    : { kind: 'mode', equipment: point.equipment, mode: name }
}

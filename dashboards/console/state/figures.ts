import { computed, type ReadonlySignal } from '@preact/signals'
import { chipMarginOf, dewMarginOf, difference, powerSplitOf, sumOf } from '../rules/figures.ts'
import { countLeaks, type LeakCount, leakSensorsOf } from '../rules/leaks.ts'
import { type Sentence, sentenceOf } from '../rules/sentence.ts'
import { contactLost } from './contact.ts'
import { curve, oneDay, twoHours } from './curves.ts'
import { seen, usable } from './live.ts'
import { alarms, currentPlan, graph, nameOf } from './plant.ts'
import type { Ring } from './ring.ts'

/** Figures of the whole site, each computed once, wherever it is shown. */
const perCdu = <T>(make: (cdu: string) => ReadonlySignal<T>) => {
  const made = new Map<string, ReadonlySignal<T>>()
  return (cdu: string): ReadonlySignal<T> => {
    let entry = made.get(cdu)
    if (!entry) {
      entry = make(cdu)
      made.set(cdu, entry)
    }
    return entry
  }
}

export const riseOf = perCdu(cdu =>
  computed(() => difference(usable(`${cdu}.returnTemperature`), usable(`${cdu}.supplyTemperature`))),
)
export const chipMargin = perCdu(cdu =>
  computed(() => (graph.value ? chipMarginOf(graph.value, graph.value.racksOf(cdu), usable) : null)),
)
export const rackMargin = perCdu(rack =>
  computed(() => (graph.value ? chipMarginOf(graph.value, [rack], usable) : null)),
)

export const heatKw = computed(() =>
  graph.value ? sumOf(graph.value.ofKind('cdu').map(cdu => usable(`${cdu.id}.heat`))) : null,
)
export const power = computed(() => (graph.value ? powerSplitOf(graph.value, usable) : null))
export const worstMargin = computed(() => {
  const margins = (graph.value?.ofKind('cdu') ?? [])
    .map(cdu => chipMargin(cdu.id).value)
    .filter(margin => margin !== null)
  return margins.reduce<(typeof margins)[number] | null>(
    (worst, one) => (!worst || one.marginK < worst.marginK ? one : worst),
    null,
  )
})
export const dewMargin = computed(() => (graph.value ? dewMarginOf(graph.value, usable) : null))

const readPoint = (key: string) => {
  const { value, quality } = seen(key).value
  return { value, quality }
}
export const leakSensors = computed(() => (graph.value ? leakSensorsOf(graph.value) : []))
export const leaks = computed<LeakCount>(() => countLeaks(leakSensors.value, readPoint))

export type Command =
  | 'off'
  | 'monitor'
  | 'advise'
  | 'auto'
  | 'local'
  | 'bms'
  | 'maintenance'
  | 'fallback'
  | 'unknown'
/** Who commands a CDU now: the device's own word first, then the agent's mode. */
export const commandOf = perCdu(cdu =>
  computed<Command>(() => {
    if (usable(`${cdu}.maintenance`) === 1) return 'maintenance'
    const authority = usable(`${cdu}.authority`)
    if (authority === 0 || usable(`${cdu}.remoteEnable`) === 0) return 'local'
    if (authority === 1) return 'bms'
    const mode = usable(`${cdu}.mode`)
    const name = mode === null ? undefined : (['off', 'monitor', 'advise', 'auto'] as const)[mode]
    if (name === 'auto' && currentPlan.value?.state === 'handedBack') return 'fallback'
    return name ?? 'unknown'
  }),
)

/** The curve beside iPUE is the panel "Facility over IT power": a glance at its course, while the figure comes from registers. */
const facilityOverIt = (facilityKw: number | null, itKw: number | null): number | null =>
  facilityKw === null || itKw === null || itKw < 1 ? null : facilityKw / itKw

const figures = {
  heat: () => heatKw.value,
  it: () => power.value?.itKw ?? null,
  cooling: () => power.value?.coolingKw ?? null,
  pue: () => facilityOverIt(power.value?.facilityKw ?? null, power.value?.itKw ?? null),
  chipMargin: () => worstMargin.value?.marginK ?? null,
  dewMargin: () => dewMargin.value?.marginK ?? null,
} as const
export type FigureName = keyof typeof figures
export const figureCurve = (name: FigureName): Ring => curve(`figure ${name}`, oneDay, figures[name])
export const chipMarginCurve = (cdu: string): Ring =>
  curve(`${cdu} chip margin`, twoHours, () => chipMargin(cdu).value?.marginK ?? null)
export const riseCurve = (cdu: string): Ring => curve(`${cdu} rise`, twoHours, () => riseOf(cdu).value)

export const sentence = computed<Sentence>(() => {
  const cdus = graph.value?.ofKind('cdu').map(cdu => cdu.id) ?? []
  const commanded = (command: Command) => cdus.filter(cdu => commandOf(cdu).value === command)
  return sentenceOf(
    {
      alarms: [...alarms.value.values()],
      wet: leaks.value.wet,
      unknownLeaks: leaks.value.unknown,
      leakSensors: leaks.value.all,
      lost: contactLost.value,
      seenAny: cdus.some(cdu => seen(`${cdu}.supplyTemperature`).value.quality !== 'none'),
      local: commanded('local'),
      maintenance: commanded('maintenance'),
      planState: currentPlan.value?.state,
      waitingFor: currentPlan.value?.waitingFor ?? '',
    },
    nameOf,
  )
})

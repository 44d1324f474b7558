import type { AlarmView, PlanState } from '#contract/api.ts'
import type { WordKey } from '../words.ts'
import { compareAlarms, groupAlarms, waitsForPerson } from './alarmList.ts'

/** The first line of the overview: the worst true thing, and in the next sentence what the sensors cannot say. */
export type PlantState = {
  readonly alarms: readonly AlarmView[]
  readonly wet: readonly string[]
  readonly unknownLeaks: readonly string[]
  readonly leakSensors: number
  readonly lost: boolean
  readonly seenAny: boolean
  readonly local: readonly string[]
  readonly maintenance: readonly string[]
  readonly planState: PlanState | undefined
  readonly waitingFor: string
}

export type Part = { readonly key: WordKey; readonly values?: Readonly<Record<string, string | number>> }
export type Sentence = { readonly main: Part; readonly more: readonly Part[] }

function mainPart(state: PlantState, places: (ids: readonly string[]) => string): Part {
  const roots = groupAlarms(state.alarms.filter(alarm => alarm.state !== 'shelved')).map(group => group.root)
  const worst = [...roots].sort((a, b) => a.priority - b.priority || compareAlarms(a, b))[0]
  const waiting = roots.filter(waitsForPerson).length
  if (!state.seenAny) return { key: 'sentence.noValues' }
  if (state.wet.length > 0)
    return { key: 'sentence.wet', values: { places: places(state.wet), count: state.wet.length } }
  if (worst?.priority === 1) return { key: 'sentence.title', values: { title: ended(worst.title) } }
  if (waiting > 0) return { key: 'sentence.waiting', values: { count: waiting } }
  if (worst !== undefined && worst.priority <= 2)
    return { key: 'sentence.title', values: { title: ended(worst.title) } }
  const clear = state.unknownLeaks.length < state.leakSensors
  if (!clear) return { key: 'sentence.waterUnknown' }
  return { key: state.unknownLeaks.length === 0 ? 'sentence.normal' : 'sentence.normalSoFar' }
}

/** An alarm's title stands in a list without a stop; in the first line it is a sentence. */
const ended = (text: string): string => (text.endsWith('.') ? text : `${text}.`)

/** Lists of names stay readable: four, then a count. */
const namesShown = 4

export function sentenceOf(state: PlantState, nameOf: (equipment: string) => string): Sentence {
  const places = (ids: readonly string[]) => {
    const names = ids.slice(0, namesShown).map(nameOf).join(', ')
    return ids.length > namesShown ? `${names} +${ids.length - namesShown}` : names
  }
  const more: Part[] = []
  const main = mainPart(state, places)
  const groups = groupAlarms(state.alarms.filter(alarm => alarm.state !== 'shelved'))
  if (state.wet.length > 0) {
    const leak = groups.find(group => group.root.priority === 1)?.root
    if (leak) more.push({ key: 'sentence.title', values: { title: ended(leak.consequence) } })
  } else if (main.key === 'sentence.waiting') {
    const first = groups[0]?.root
    if (first) more.push({ key: 'sentence.title', values: { title: ended(first.title) } })
  }
  if (state.unknownLeaks.length > 0 && main.key !== 'sentence.noValues')
    more.push({
      key: 'sentence.unknownLeaks',
      values: {
        count: state.unknownLeaks.length,
        all: state.leakSensors,
        places: places(state.unknownLeaks),
      },
    })
  if (state.maintenance.length > 0)
    more.push({
      key: 'sentence.maintenance',
      values: { places: places(state.maintenance), count: state.maintenance.length },
    })
  if (state.local.length > 0)
    more.push({ key: 'sentence.local', values: { places: places(state.local), count: state.local.length } })
  if (state.waitingFor !== '' && state.planState === 'learning') more.push({ key: 'sentence.learning' })
  return { main, more: more.slice(0, 3) }
}

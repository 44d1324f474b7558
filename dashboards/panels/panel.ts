import { pointSpec } from '#contract/points.ts'
import type { Question } from '#contract/query/question.ts'
import type { MeterRole, Site } from '#contract/site/site.ts'
import type { UnitName } from '#contract/units.ts'

/** A question without its range: whoever draws the panel adds that, and the width of a bucket where none is fixed. */
export type PanelQuestion = Omit<Question, 'fromAt' | 'toAt' | 'equipment' | 'limit'> & {
  /** Ids, or the meters of these roles, or absent: all of the kind. */
  readonly equipment?: readonly string[] | { readonly roles: readonly MeterRole[] }
  /** What a curve of it is called; the equipment's id stands before it. */
  readonly legend: string
}

/** What is written about a panel once, and drawn by Grafana and by the console alike. */
export type Panel = {
  readonly id: string
  readonly title: string
  /** What the picture shows, and from where on it is trouble. */
  readonly text: string
  /** `1` for a ratio. */
  readonly unit: UnitName | '1'
  readonly kind: 'curve' | 'number' | 'states'
  readonly questions: readonly PanelQuestion[]
  /** Where a value stops being normal; colour appears there and nowhere else. */
  readonly thresholds?: { readonly when: 'above' | 'below'; readonly warning: number; readonly alarm: number }
  /** The sum of the first question's series over that of the second. */
  readonly ratio?: true
  /** Whole numbers in words, for states. */
  readonly words?: Readonly<Record<number, string>>
}

export type PanelRow = { readonly title: string; readonly panels: readonly Panel[] }
export type Dashboard = { readonly id: string; readonly title: string; readonly rows: readonly PanelRow[] }

/** The panel's questions over a range. Meters are found by their role in the site. */
export function questionsOf(
  panel: Panel,
  range: {
    readonly site: Pick<Site, 'meters'>
    readonly fromAt: number
    readonly toAt: number
    readonly everyMs?: number
  },
): Question[] {
  return panel.questions.map(({ legend: _legend, equipment, ...question }) => {
    const everyMs = question.everyMs ?? (question.aggregate === 'raw' ? undefined : range.everyMs)
    return {
      ...question,
      fromAt: range.fromAt,
      toAt: range.toAt,
      ...(everyMs === undefined ? {} : { everyMs }),
      ...(equipment === undefined ? {} : { equipment: idsOf(equipment, range.site) }),
    }
  })
}

function idsOf(
  equipment: readonly string[] | { readonly roles: readonly MeterRole[] },
  site: Pick<Site, 'meters'>,
): string[] {
  if ('roles' in equipment)
    return site.meters.filter(meter => equipment.roles.includes(meter.role)).map(meter => meter.id)
  return [...equipment]
}

/** The unit of a panel is that of its points: a panel that mixes them is a mistake, found by a test. */
export const unitsAsked = (panel: Panel): ReadonlyArray<UnitName | undefined> =>
  panel.questions.flatMap(question => question.points.map(point => pointSpec(question.kind, point)?.unit))

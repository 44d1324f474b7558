import type { ModelCard, PlanningView } from '#contract/api.ts'
import { Failure } from '#contract/failure.ts'
import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import type { WorkResult } from '#hub/planning/hourlyWork.ts'
import type { PlanRepository } from '#hub/planning/journal.ts'
import { minuteName } from '#hub/planning/views.ts'
import { componentNames } from '#models/plant/components.ts'
import { nameplateModel, type PlantModel } from '#models/plant/model.ts'
import { nameplatePriors } from '#models/plant/priors.ts'

/** The models that have steered, with their cards: a person may look at them, pin one, or go back to one. */
export type ModelShelf = {
  /** What the next piece of work starts from; undefined: nothing has been learned yet. */
  champion(): { readonly model: PlantModel; readonly isPinned: boolean } | undefined
  /** The outcome of a piece of work: who steers now, and how the two did. */
  take(result: WorkResult, now: Millis): void
  view(): Pick<PlanningView, 'models' | 'lastDuel'>
  artefact(id: string): PlantModel
  /** That one steers from now on, whatever comes; null: the better one steers again. */
  pin(id: string | null): void
}

type Kept = {
  readonly models: ReadonlyArray<{ readonly card: ModelCard; readonly model: PlantModel }>
  readonly lastDuel: PlanningView['lastDuel']
}

/** A morning of champions to go back to; each is some 50 kB. */
const modelsMax = 8
const keptAs = 'planning.models'

export function createModelShelf(state: PlanRepository, site: Site): ModelShelf {
  let kept: Kept = readKept(state, site)
  const keep = (next: Kept) => {
    kept = next
    state.keep(keptAs, JSON.stringify(next))
  }
  const championEntry = () => kept.models.find(({ card }) => card.role === 'champion')
  const find = (id: string) => {
    const found = kept.models.find(({ card }) => card.id === id)
    if (found) return found
    throw new Failure(
      'NOT_FOUND',
      `no model "${id}" is at hand; these are: ${kept.models.map(({ card }) => card.id).join(', ') || 'none'}`,
    )
  }
  return {
    champion: () => {
      const entry = championEntry()
      return entry && { model: entry.model, isPinned: entry.card.isPinned }
    },
    take(result, now) {
      const { duel, model } = result
      const lastDuel =
        duel && duel.championPercent !== null
          ? {
              at: now,
              rows: duel.rows,
              championPercent: duel.championPercent,
              challengerPercent: duel.challengerPercent,
              winner: duel.winner,
            }
          : kept.lastDuel
      const champion = championEntry()
      if (champion && (champion.card.id === idOf(model) || champion.card.isPinned)) {
        if (lastDuel !== kept.lastDuel) keep({ ...kept, lastDuel })
        return
      }
      const errorPercent = duel?.challengerPercent ?? result.score.errorPercent
      keep({
        models: [entryOf(model, now, errorPercent), ...retired(kept.models)].slice(0, modelsMax),
        lastDuel,
      })
    },
    view: () => ({ models: kept.models.map(({ card }) => card), lastDuel: kept.lastDuel }),
    artefact: id => find(id).model,
    pin(id) {
      if (id === null) {
        keep({
          ...kept,
          models: kept.models.map(({ card, model }) => ({ card: { ...card, isPinned: false }, model })),
        })
        return
      }
      const pinned = find(id)
      keep({
        ...kept,
        models: [
          { ...pinned, card: { ...pinned.card, role: 'champion', isPinned: true } },
          ...retired(kept.models.filter(entry => entry !== pinned)),
        ],
      })
    },
  }
}

const retired = (models: Kept['models']): Kept['models'] =>
  models.map(({ card, model }) => ({ card: { ...card, role: 'retired', isPinned: false }, model }))

const idOf = (model: PlantModel): string =>
  model.span
    ? `model-${minuteName(model.span.toAt)}-seed-${model.seed}`
    : `model-nameplate-seed-${model.seed}`

const entryOf = (model: PlantModel, now: Millis, errorPercent: number | null): Kept['models'][number] => ({
  model,
  card: {
    id: idOf(model),
    role: 'champion',
    isPinned: false,
    madeAt: now,
    fromAt: model.span?.fromAt ?? null,
    toAt: model.span?.toAt ?? null,
    rows: model.span?.rows ?? 0,
    features: componentNames,
    seed: model.seed,
    errorPercent,
  },
})

/** Models of another site, or of another kind of model, steer nothing here. */
function readKept(state: PlanRepository, site: Site): Kept {
  const text = state.kept(keptAs)
  if (text === undefined) return { models: [], lastDuel: null }
  const kept = JSON.parse(text) as Kept
  const { kind } = nameplateModel(nameplatePriors(site), 1)
  return kept.models.every(({ model }) => model.kind === kind && model.site === site.name)
    ? kept
    : { models: [], lastDuel: null }
}

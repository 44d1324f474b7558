/** Pumps side by side that are staged by flow. */
export type PumpSet = {
  readonly pumps: number
  /** What all of them together are rated for. */
  readonly ratedLpm: number
}

/** Shares of one pump's flow at which another is added to those that run, and at which one is sent home from those left. */
export type PumpStages = { readonly upAt: number; readonly downAt: number }

export type PumpRow = { readonly running: number; readonly flowLpm: number }

/** Where none was seen to come or go: as sequences of operation usually have it. */
const usual: PumpStages = { upAt: 0.95, downAt: 0.85 }
/** A flow that moves faster than this from row to row does not tell where it crossed. */
const steadyShare = 0.05

/** Where pumps really come and go: the middle of what five-minute rows show. */
export function pumpStagesOf(set: PumpSet, rows: readonly PumpRow[]): PumpStages {
  const up: number[] = []
  const down: number[] = []
  rows.forEach((now, index) => {
    const [before, after] = [rows[index - 1], rows[index + 1]]
    if (!before || !after) return
    const [from, to] = [before.running, after.running]
    if (!(Number.isInteger(from) && Number.isInteger(to) && Math.abs(to - from) === 1)) return
    const loads = [before, now, after].map(({ flowLpm }) => loadOf(set, flowLpm))
    const load = loads[1] as number
    if (!(Math.max(...loads) - Math.min(...loads) < steadyShare * load)) return
    if (to > from) up.push(load / from)
    else down.push(load / to)
  })
  const upAt = middle(up) ?? usual.upAt
  return { upAt, downAt: Math.min(upAt, middle(down) ?? usual.downAt) }
}

/** Pumps that run from now on, as they ran until now. */
export function pumpsAfter(stages: PumpStages, set: PumpSet, { running, flowLpm }: PumpRow): number {
  const load = loadOf(set, flowLpm)
  const step = load > stages.upAt * running ? 1 : load < stages.downAt * (running - 1) ? -1 : 0
  return Math.max(1, Math.min(set.pumps, running + step))
}

/** Pumps for a flow whose past is not known: the middle of the hysteresis. */
export function pumpsAtRest({ upAt, downAt }: PumpStages, set: PumpSet, flowLpm: number): number {
  return Math.max(1, Math.min(set.pumps, Math.ceil((2 * loadOf(set, flowLpm)) / (upAt + downAt))))
}

/** Flow in pumps' worth. */
const loadOf = ({ pumps, ratedLpm }: PumpSet, flowLpm: number): number => (pumps * flowLpm) / ratedLpm

function middle(values: number[]): number | undefined {
  values.sort((a, b) => a - b)
  return values[Math.floor(values.length / 2)]
}

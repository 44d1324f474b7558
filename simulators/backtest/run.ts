import { type Millis, minute } from '#contract/units.ts'
import type { Course } from '#simulators/backtest/course.ts'
import type { EnergyTruth, PlantTally, SimulatedPlant } from '#simulators/plant/plant.ts'

/** A plant on its way under one controller: what is written passes here, so that it is counted and kept. */
export type Run = {
  readonly plant: SimulatedPlant
  readonly course: Course
  write(key: string, value: number): void
  /** To the end of this minute, with what stands now. */
  minute(): void
  /** From here on everything counts. */
  startCounting(): void
  counted(): Counted
}

/** What a run took between the start of counting and now, on the truth. */
export type Counted = {
  readonly before: {
    readonly energy: EnergyTruth
    readonly tally: PlantTally
    readonly meteredKwh: MeteredKwh
  }
  readonly after: {
    readonly energy: EnergyTruth
    readonly tally: PlantTally
    readonly meteredKwh: MeteredKwh
  }
  readonly setpointMoves: number
}

/** Registers of the site's meters by role, less what passes through them without being of it. */
export type MeteredKwh = { readonly facility: number; readonly it: number }

/** A point has moved when it stands elsewhere than five minutes before by more than a device or a person would notice. */
const movesEveryMs = 5 * minute
const noticedC = 0.05
const noticedElse = 0.3

export function startRun(plant: SimulatedPlant): Run {
  const keys: string[] = []
  const places = new Map<string, number>()
  const minutes: Array<readonly number[]> = []
  const fromAt = plant.siteNow()
  let row: number[] = []
  let rowIsKept = false
  let moves = 0
  let lookedAt: Millis = fromAt
  let seen: readonly number[] = row
  const state = () => ({ energy: plant.energy(), tally: plant.tally(), meteredKwh: meteredKwh(plant) })
  let before = state()
  return {
    plant,
    course: { fromAt, keys, minutes },
    write(key, value) {
      let place = places.get(key)
      if (place === undefined) {
        place = keys.length
        places.set(key, place)
        keys.push(key)
      }
      if (row[place] === value) return
      // A silent device takes nothing: tried again by whoever asks again.
      if (!plant.write(key, value).taken) return
      if (rowIsKept) {
        row = row.slice()
        rowIsKept = false
      }
      while (row.length < place) row.push(Number.NaN)
      row[place] = value
    },
    minute() {
      minutes.push(row)
      rowIsKept = true
      const now = plant.siteNow()
      if (now - lookedAt >= movesEveryMs) {
        moves += movesBetween(keys, seen, row)
        seen = row
        lookedAt = now
      }
      plant.advanceTo(now + minute)
    },
    startCounting() {
      before = state()
      moves = 0
    },
    counted: () => ({ before, after: state(), setpointMoves: moves }),
  }
}

function movesBetween(keys: readonly string[], earlier: readonly number[], later: readonly number[]): number {
  if (earlier === later) return 0
  let moves = 0
  for (let place = 0; place < later.length; place++) {
    const noticed = /temperature/i.test(keys[place] as string) ? noticedC : noticedElse
    // The first write of a point leaves no value before it to move from.
    if (Math.abs((later[place] as number) - (earlier[place] as number)) > noticed) moves++
  }
  return moves
}

function meteredKwh({ site, read }: SimulatedPlant): MeteredKwh {
  const register = (id: string): number => read(`${id}.activeEnergyKwh`).value ?? Number.NaN
  const ofRole = (role: 'facility' | 'it'): number =>
    site.meters
      .filter(meter => meter.role === role)
      .reduce(
        (sum, meter) =>
          sum + register(meter.id) - meter.subtract.reduce((less, id) => less + register(id), 0),
        0,
      )
  return { facility: ofRole('facility'), it: ofRole('it') }
}

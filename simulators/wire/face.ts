import type { PointSpec } from '#contract/points.ts'
import type { Millis } from '#contract/units.ts'
import type { Plant, PlantWrite, SimulatedPlant } from '#simulators/plant/plant.ts'

/** A plant whose keys and permissions can be turned at the device: maintenance, remote enable, authority. */
export type FieldPlant = Plant & Pick<SimulatedPlant, 'setDevice'>

/** One point as the faces know it: key, place, and what the catalogue says of it. */
export type ServedPoint = {
  readonly key: string
  readonly equipment: string
  readonly point: string
  readonly spec: PointSpec
}

/**
 * What a face may ask of the running simulator. Every write passes here, so that the plant is brought up to the present
 * before it is written and every face shows the fast points at once after.
 */
export type PlantDoor = {
  readonly plant: FieldPlant
  /** Writes as a controller would, through the device's own limits and permissions. */
  write(key: string, value: number): PlantWrite
  /** Turns a key at the device itself. */
  setDevice(key: string, value: number): PlantWrite
  /** Runs `change` on the plant and lets every face show the fast points that it moved. */
  touch(change: (plant: FieldPlant) => void): void
}

/** One protocol face of the plant. The pacing loop calls it; it keeps no timers of its own for points. */
export type Face = {
  /** Shows every point that moved beyond its dead band or is due again. */
  showTelemetry(): void
  /** Shows the fast points that moved: leaks, states, commands. */
  showFast(): void
  /** Shows every point with its value at this site time, the end of the run: moved or not. */
  showAll(at: Millis): void
  close(): Promise<void>
}

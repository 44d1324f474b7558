import type { Output, Station } from '#agent/control/outputs.ts'
import { type Mode, modeNames } from '#contract/points.ts'

/** Rank of a mode: off 0, monitor 1, advise 2, auto 3. Also the value of the point `cdu.mode`. */
export const modeRank = (mode: Mode): number => modeNames.indexOf(mode)

export const lowerOf = (a: Mode, b: Mode): Mode => (modeRank(a) <= modeRank(b) ? a : b)

/** The mode that governs an output: its CDU's own; plant equipment goes with the CDU that is trusted most. */
export function modeOf(
  station: Station,
  modes: Readonly<Record<string, Mode>>,
  output: Pick<Output, 'equipment' | 'steered'>,
): Mode {
  if (output.steered.kind === 'cdu') return modes[output.equipment] ?? 'monitor'
  const ranks = station.cdus.map(cdu => modeRank(modes[cdu] ?? 'monitor'))
  // An agent of the plant alone has no CDU to follow: the hub asks, the guard answers.
  if (ranks.length === 0) return 'auto'
  return modeNames[Math.max(...ranks)] ?? 'monitor'
}

/** One word for the agent: the least of its CDUs. */
export const agentMode = (modes: Readonly<Record<string, Mode>>): Mode =>
  Object.values(modes).reduce<Mode>(lowerOf, 'auto')

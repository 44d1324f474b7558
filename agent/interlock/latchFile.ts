import { type KeptFile, keptFile } from '#agent/cycle/keptFile.ts'
import type { LatchRecord } from '#agent/interlock/interlock.ts'

/** What is latched, over a restart. Written after the commands have left; a failed disk costs the memory, not the trip. */
export const latchFile = (path: string, onTrouble: (sentence: string) => void): KeptFile<LatchRecord> =>
  keptFile<LatchRecord>(path, { onTrouble })

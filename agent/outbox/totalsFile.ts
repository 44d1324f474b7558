import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Totals } from '#agent/outbox/outboxFile.ts'

/** Totals, and up to which position everything has left the outbox. */
export type KeptTotals = Totals & { readonly floor: number }

/**
 * The totals a second time, beside the outbox and after each of its commits. A file that was cut short or lost its log can
 * be whole and yet older than what was told and sent; this says so. Not synced: after a power cut it may be the older
 * of the two, and then says nothing.
 */
export type TotalsFile = {
  /** As found when it was opened; undefined: none, or not as it was written. */
  readonly found: KeptTotals | undefined
  /** Written in place, so that a full disk takes it too; the reason when it could not be. */
  keep(totals: KeptTotals): string | undefined
  close(): void
}

const fileName = 'outbox.totals'
/** Two places in turn: one is whole whenever a process dies. */
const slotBytes = 512
const slots = [0, 1] as const

export function openTotalsFile(dataDir: string): TotalsFile {
  const path = join(dataDir, fileName)
  const written = slots.map(slot => readSlot(path, slot))
  const newest = written.reduce((one, other) => ((other?.turn ?? -1) > (one?.turn ?? -1) ? other : one))
  let turn = newest?.turn ?? 0
  let descriptor: number | undefined
  return {
    found: newest?.totals,
    keep(totals) {
      try {
        descriptor ??= openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
        turn += 1
        // The first time both places, so that none has to be found room for later.
        for (const slot of turn === 1 ? slots : [turn % 2])
          writeSync(descriptor, slotText({ turn, totals }), slot * slotBytes, 'latin1')
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
  }
}

type Slot = { readonly turn: number; readonly totals: KeptTotals }

function slotText(slot: Slot): string {
  const text = JSON.stringify(slot)
  return `${crc32(text).toString(16).padStart(8, '0')}${text}`.padEnd(slotBytes, ' ')
}

function readSlot(path: string, slot: number): Slot | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(path).subarray(slot * slotBytes, (slot + 1) * slotBytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const written = bytes.toString('latin1').trimEnd()
  const text = written.slice(8)
  if (written.slice(0, 8) !== crc32(text).toString(16).padStart(8, '0')) return undefined
  return text === '' ? undefined : (JSON.parse(text) as Slot)
}

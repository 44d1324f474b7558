import { statfsSync, statSync } from 'node:fs'
import os from 'node:os'
import { stamp } from '#agent/stamp.ts'
import type { Millis } from '#contract/units.ts'

/** systemd-timesyncd touches it each time it has set the clock. */
const timesyncFile = '/run/systemd/timesync/synchronized'

export const machineNow = () => ({
  ...stamp,
  runsOn: process.version,
  flags: process.execArgv,
  platform: `${os.platform()} ${os.release()} ${os.arch()}`,
  hostname: os.hostname(),
  upS: Math.round(os.uptime()),
  cores: os.availableParallelism(),
  core: os.cpus()[0]?.model ?? null,
  load: os.loadavg(),
  memoryBytes: { total: os.totalmem(), free: os.freemem(), mayUse: process.constrainedMemory() },
  user: process.getuid?.() ?? null,
})

/** The agent measures no offset of its own; this says whether somebody sets the clock, and when last. */
export function clockNow(wallNow: Millis) {
  const synchronised = statSync(timesyncFile, { throwIfNoEntry: false })
  return {
    wall: new Date(wallNow).toISOString(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    setByTimesyncd: synchronised === undefined ? null : synchronised.mtime.toISOString(),
    offsetMs: null,
  }
}

export function diskOf(folder: string) {
  const { bavail, blocks, bsize, ffree } = statfsSync(folder)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeFiles: ffree }
}

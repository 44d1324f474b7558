import { writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type RunFile, startedSite } from '#commands/bench/startedSite.ts'
import type { SiteFile } from '#contract/site/site.ts'
import { readSiteFile } from '#simulators/sites/sites.ts'

/** A hall made for leaks: many CDUs, one rack each, and no number of wet trays isolates a rack short of all of them. */
export const cdus = 41
const cdusPerServer = 10
export const traysPerRack = 12
const name = 'leak-bench'

export type LeakSite = {
  readonly addresses: RunFile
  /** Which CDU is behind which OPC UA server. */
  readonly serverOf: (cdu: number) => string
  readonly debounceMs: number
  stop(): Promise<void>
}

const serverOf = (cdu: number): string => `opc-${Math.ceil(cdu / cdusPerServer)}`

function siteFile(): SiteFile {
  const small = readSiteFile('small')
  const all = Array.from({ length: cdus }, (_, index) => index + 1)
  const servers = [...new Set(all.map(serverOf))]
  return {
    ...small,
    name,
    title: 'Leak bench',
    layout: { ...small.layout, cdus, racksPerCdu: 1, traysPerRack },
    leak: { ...small.leak, traysToIsolateRack: traysPerRack },
    agents: [{ id: 'agent-1', cdus: all, plant: true }],
    opcuaServers: [
      ...servers.map(id => ({ id, cdus: all.filter(cdu => serverOf(cdu) === id), plant: false })),
      { id: 'opc-plant', cdus: [], plant: true },
    ],
    // Meters of single rows would name racks that this hall does not have.
    meters: small.meters.filter(meter => !/^meter-(it|cdu)/.test(meter.id) && meter.role !== 'upsOutput'),
  }
}

/** Starts the whole chain at real speed; the hub and the uplink broker then stand still, so that nothing of theirs helps. */
export async function startLeakSite(): Promise<LeakSite> {
  const file = siteFile()
  const site = await startedSite(folder => {
    const path = join(folder, `${name}.yaml`)
    writeFileSync(path, stringify(file))
    return ['--site', path, '--speed', '1', '--seed', '5']
  })
  const read = site.addresses
  const signal = (role: string, word: NodeJS.Signals) => {
    const pid = read().processes.find(entry => entry.name === role)?.pid
    if (pid) process.kill(pid, word)
  }
  const addresses = read()
  // A controller is not shared with a bench: field devices and our own ears go before other work, as the agent does.
  for (const pid of [process.pid, addresses.processes.find(entry => entry.name === 'simulator')?.pid])
    if (pid) goBeforeOthers(pid)
  for (const role of ['hub', 'broker']) signal(role, 'SIGSTOP')
  return {
    addresses,
    serverOf,
    debounceMs: file.leak.debounceMs,
    async stop() {
      for (const role of ['hub', 'broker']) signal(role, 'SIGCONT')
      await site.stop()
    },
  }
}

function goBeforeOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGH)
  } catch (error) {
    // Only root may; without it the figures say what an ordinary user's run gives.
    if (!/EACCES|EPERM/.test(String(error))) throw error
  }
}

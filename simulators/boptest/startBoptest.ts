import { randomUUID } from 'node:crypto'
import { Failure } from '#contract/failure.ts'
import type { DurationMs } from '#contract/units.ts'
import { buildBoptestApp } from '#simulators/boptest/boptestApp.ts'
import type { Offer } from '#simulators/boptest/testcase.ts'
import { listenTrouble } from '#simulators/wire/fieldBroker.ts'

export type BoptestService = { readonly url: string; close(): Promise<void> }

/** Listens on loopback; port 0 takes a free one. */
export async function startBoptest(options: {
  offer: Offer
  version: string
  port: number
  machineNow: () => DurationMs
}): Promise<BoptestService> {
  const { port, ...service } = options
  const app = buildBoptestApp({ ...service, newId: randomUUID })
  const url = await app.listen({ host: '127.0.0.1', port }).catch((cause: NodeJS.ErrnoException) => {
    throw new Failure(
      'PORT_IN_USE',
      `the BOPTEST service cannot listen on 127.0.0.1:${port}: ${listenTrouble(cause)}`,
      { cause },
    )
  })
  return {
    url,
    close: async () => {
      await app.close()
    },
  }
}

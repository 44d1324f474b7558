import { join } from 'node:path'
import type { Logger } from 'pino'
import { Failure } from '#contract/failure.ts'
import type { Site } from '#contract/site/site.ts'
import { day, type Millis } from '#contract/units.ts'
import { openDuckdbStore } from '#hub/store/duckdb.ts'
import { openInfluxStore } from '#hub/store/influx.ts'
import type { Store } from '#hub/store/store.ts'

export type StoreConfig = {
  readonly kind: 'duckdb' | 'influx'
  readonly url?: string
  readonly database: string
  readonly username?: string
  readonly password?: string
  readonly token?: string
  readonly retentionDays?: number
}

export type OpenStoreOptions = {
  readonly config: StoreConfig
  readonly site: Pick<Site, 'name' | 'equipment'>
  readonly dataDir: string
  readonly log: Pick<Logger, 'warn'>
  /** Site time, for roll-ups and retention. */
  readonly now?: () => Millis
}

/** Where the embedded store lives in a data folder: the hub's, and the report's when no hub runs. */
export const duckdbPath = (dataDir: string): string => join(dataDir, 'store.duckdb')

/** The store of a hub's configuration. Only this place knows that there are two. */
export function openStore({ config, site, dataDir, log, now }: OpenStoreOptions): Promise<Store> {
  const onQuarantine = (samples: number, why: string) =>
    log.warn({ samples, why }, 'samples that the store cannot keep')
  switch (config.kind) {
    case 'duckdb':
      return openDuckdbStore({
        path: duckdbPath(dataDir),
        site,
        onQuarantine,
        ...(config.retentionDays === undefined ? {} : { keepMs: config.retentionDays * day }),
        ...(now ? { now } : {}),
      })
    case 'influx':
      if (config.url === undefined)
        throw new Failure(
          'CONFIG_INVALID',
          'store.url is missing: the address of the InfluxDB, such as http://127.0.0.1:8086',
        )
      return openInfluxStore({
        ...config,
        url: config.url,
        site,
        delivery: join(dataDir, 'delivered.sqlite'),
        onQuarantine,
      })
    default:
      return config.kind satisfies never
  }
}

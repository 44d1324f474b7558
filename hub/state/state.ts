import { DatabaseSync } from 'node:sqlite'
import type { AlarmView, PlanView, Role } from '#contract/api.ts'
import type { Millis } from '#contract/units.ts'
import { type AuditEntry, openAuditRows } from '#hub/state/auditRows.ts'

/**
 * The hub's operational state: alarms, plans, tokens, audit, counters. One repository owns every statement, but those of the audit rows (`auditRows.ts`). Time series
 * are not here; they are in hub/store.
 */
export type TokenRecord = { readonly name: string; readonly role: Role; readonly hash: string }

export type State = {
  saveAlarm(alarm: AlarmView): void
  alarms(range: {
    readonly fromAt: Millis
    readonly toAt: Millis
    readonly limit: number
  }): readonly AlarmView[]
  activeAlarms(): readonly AlarmView[]
  savePlan(plan: PlanView): void
  plans(limit: number): readonly PlanView[]
  /** Rises by one at each call, for ever. */
  nextVersion(): number
  count(name: string, by?: number): void
  counted(name: string): number
  keep(name: string, value: string): void
  kept(name: string): string | undefined
  addToken(token: TokenRecord): void
  tokens(): readonly TokenRecord[]
  /** Whether there was one of that name. */
  removeToken(name: string): boolean
  audit(entry: AuditEntry): void
  auditTail(limit: number): readonly AuditEntry[]
  close(): void
}

/** Alarms kept: at the manageable 300 a day (ISA-18.2) a year is 110,000; the oldest closed ones go beyond that. */
const alarmsKeptMax = 120_000
/** Plans kept: a year of hours. */
const plansKeptMax = 8_784

export function openState(path: string): State {
  const database = new DatabaseSync(path)
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS alarm (id TEXT PRIMARY KEY, raised_at INTEGER NOT NULL, open INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS alarm_raised ON alarm (raised_at);
    CREATE TABLE IF NOT EXISTS plan (id TEXT PRIMARY KEY, made_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS token (hash TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  `)
  const run = {
    saveAlarm: database.prepare(
      'INSERT INTO alarm VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET open = excluded.open, body = excluded.body',
    ),
    alarms: database.prepare(
      'SELECT body FROM alarm WHERE raised_at >= ? AND raised_at < ? ORDER BY raised_at DESC LIMIT ?',
    ),
    open: database.prepare('SELECT body FROM alarm WHERE open = 1 ORDER BY raised_at DESC LIMIT 5000'),
    trimAlarms: database.prepare(
      `DELETE FROM alarm WHERE open = 0 AND id IN (SELECT id FROM alarm ORDER BY raised_at DESC LIMIT -1 OFFSET ${alarmsKeptMax})`,
    ),
    savePlan: database.prepare(
      'INSERT INTO plan VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
    ),
    plans: database.prepare('SELECT body FROM plan ORDER BY made_at DESC LIMIT ?'),
    trimPlans: database.prepare(
      `DELETE FROM plan WHERE id IN (SELECT id FROM plan ORDER BY made_at DESC LIMIT -1 OFFSET ${plansKeptMax})`,
    ),
    count: database.prepare(
      'INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value',
    ),
    counted: database.prepare('SELECT value FROM counter WHERE name = ?'),
    keep: database.prepare(
      'INSERT INTO kept VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    ),
    kept: database.prepare('SELECT value FROM kept WHERE name = ?'),
    addToken: database.prepare('INSERT INTO token VALUES (?, ?, ?)'),
    tokens: database.prepare('SELECT hash, name, role FROM token'),
    removeToken: database.prepare('DELETE FROM token WHERE name = ?'),
  }
  const audit = openAuditRows(database)
  run.trimAlarms.run()
  run.trimPlans.run()
  const bodies = <T>(rows: unknown[]): T[] => rows.map(row => JSON.parse((row as { body: string }).body) as T)
  const counted = (name: string): number =>
    (run.counted.get(name) as { value: number } | undefined)?.value ?? 0
  return {
    saveAlarm: alarm => {
      run.saveAlarm.run(alarm.id, alarm.raisedAt, alarm.state === 'normal' ? 0 : 1, JSON.stringify(alarm))
    },
    alarms: ({ fromAt, toAt, limit }) => bodies<AlarmView>(run.alarms.all(fromAt, toAt, limit)),
    activeAlarms: () => bodies<AlarmView>(run.open.all()),
    savePlan: plan => {
      run.savePlan.run(plan.id, plan.madeAt, JSON.stringify(plan))
    },
    plans: limit => bodies<PlanView>(run.plans.all(limit)),
    nextVersion: () => {
      run.count.run('leaseVersion', 1)
      return counted('leaseVersion')
    },
    count: (name, by = 1) => {
      run.count.run(name, by)
    },
    counted,
    keep: (name, value) => {
      run.keep.run(name, value)
    },
    kept: name => (run.kept.get(name) as { value: string } | undefined)?.value,
    addToken: token => {
      run.addToken.run(token.hash, token.name, token.role)
    },
    tokens: () => run.tokens.all() as unknown as TokenRecord[],
    removeToken: name => Number(run.removeToken.run(name).changes) > 0,
    audit: audit.append,
    auditTail: audit.tail,
    close: () => database.close(),
  }
}

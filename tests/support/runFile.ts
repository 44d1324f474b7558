import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Started } from '#tests/support/started.ts'

/** Addresses of a running site, as `npm start` noted them. */
export type RunFile = {
  readonly console: string
  readonly faults: string
  readonly fieldBroker: string
  readonly uplinkBroker: string
  readonly opcua: Readonly<Record<string, string>>
  readonly agentHealth: Readonly<Record<string, string>>
}

export const runFileOf = (run: Started): RunFile =>
  JSON.parse(readFileSync(join(run.folder, 'data', 'run.json'), 'utf8')) as RunFile

export async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000), ...init })
  const text = await response.text()
  if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${url} answered ${response.status}: ${text}`)
  return JSON.parse(text) as T
}

export const post = (url: string, body: unknown, token?: string) =>
  json(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  })

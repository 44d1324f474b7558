import { hour, second } from '#contract/units.ts'
import { type BoptestOptions, buildBoptestApp } from '#simulators/boptest/boptestApp.ts'
import { offerOf } from '#simulators/boptest/testcase.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are judged by what a foreign client would read from them
type Json = any
export type Answered = { readonly code: number; readonly text: string; readonly json: Json }

/** The service without a socket, with a machine clock that stands still until a test moves it and test ids t1, t2, … */
export function service(options: Partial<BoptestOptions> = {}) {
  let machineMs = 0
  let count = 0
  const app = buildBoptestApp({
    offer: offerOf({}),
    version: '0.0.0',
    machineNow: () => machineMs,
    newId: () => `t${++count}`,
    ...options,
  })
  const call = async (method: 'GET' | 'PUT' | 'POST', url: string, payload?: object): Promise<Answered> => {
    const { statusCode, body, headers } = await app.inject({ method, url, ...(payload ? { payload } : {}) })
    const isJson = String(headers['content-type']).includes('json')
    return { code: statusCode, text: body, json: isJson ? JSON.parse(body) : undefined }
  }
  return {
    app,
    call,
    get: (url: string) => call('GET', url),
    put: (url: string, payload?: object) => call('PUT', url, payload),
    post: (url: string, payload?: object) => call('POST', url, payload),
    machineGoes: (ms: number) => {
      machineMs += ms
    },
    /** A new test of a testcase, standing at a second of the year. */
    async begin(
      at: { startS: number; warmupS?: number; testcase?: string; place?: object } = { startS: 0 },
    ): Promise<string> {
      const { testid } = (await call('POST', `/testcases/${at.testcase ?? 'small'}/select`, at.place ?? {}))
        .json
      await call('PUT', `/initialize/${testid}`, {
        start_time: at.startS,
        warmup_period: at.warmupS ?? hour / second,
      })
      return testid
    },
  }
}

export type Service = ReturnType<typeof service>

/** Hours of a controller: what it wants from what it sees. */
export async function runHours(
  service: Service,
  testid: string,
  run: { hours: number; control?: (seen: Json) => Readonly<Record<string, number>> },
): Promise<void> {
  let seen = (await service.post(`/advance/${testid}`, {})).json.payload
  for (let h = 1; h < run.hours; h++) {
    const wanted = run.control?.(seen) ?? {}
    const body = Object.fromEntries(
      Object.entries(wanted).flatMap(([name, value]) => [
        [`${name}_u`, value],
        [`${name}_activate`, 1],
      ]),
    )
    const answered = await service.post(`/advance/${testid}`, body)
    if (answered.code !== 200) throw new Error(answered.text)
    seen = answered.json.payload
  }
}

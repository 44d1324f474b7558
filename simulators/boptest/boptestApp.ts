import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'
import type { DurationMs } from '#contract/units.ts'
import type { Asked } from '#simulators/boptest/asked.ts'
import { kpiNote } from '#simulators/boptest/kpis.ts'
import type { PointMetadata } from '#simulators/boptest/pointTable.ts'
import { totalsMetadata } from '#simulators/boptest/recorder.ts'
import type { Offer } from '#simulators/boptest/testcase.ts'
import { createTestRun, placeAsked, type Slices, type Spoken } from '#simulators/boptest/testRun.ts'
import {
  type HeldTest,
  type TestTableLimits,
  testTable,
  UnknownTest,
  usualLimits,
} from '#simulators/boptest/testTable.ts'

/** A controller of a large site sends some 10 kB, a list of all points 20 kB. */
const bodyBytesMax = 256 * 1024

export type BoptestOptions = {
  readonly offer: Offer
  readonly version: string
  readonly machineNow: () => DurationMs
  readonly newId: () => string
  readonly limits?: TestTableLimits
}

type WithId = { Params: { testid: string } }
type Answer = { status: number; message: string; payload: unknown }
const answer = (message: string, payload: unknown): Answer => ({ status: 200, message, payload })
const spoken = ({ message, payload }: Spoken<unknown>): Answer => answer(message, payload)

/** The interface of the BOPTEST service over our plants: built without listening, so that a test injects requests. */
export function buildBoptestApp(options: BoptestOptions): FastifyInstance {
  const { offer, version, machineNow, newId } = options
  const table = testTable({ limits: options.limits ?? usualLimits, machineNow, newId })
  const app = fastify({ logger: false, bodyLimit: bodyBytesMax, forceCloseConnections: true })
  readBodies(app)
  answerTrouble(app)

  /** Moves one test slice by slice; other requests are answered in between, other moves of the same test are not. */
  async function moved<T>(test: HeldTest, what: string, slices: () => Slices<T>): Promise<T> {
    if (test.busyWith !== undefined)
      throw new Failure('CONFLICT', `${what}: the test is busy with ${test.busyWith}; one call at a time`, {
        retry: true,
      })
    test.busyWith = what
    try {
      const work = slices()
      for (;;) {
        const slice = work.next()
        if (slice.done) return slice.value
        await new Promise(setImmediate)
        if (test.isStopped) throw new Failure('CONFLICT', `${what}: the test was stopped meanwhile`)
      }
    } finally {
      test.busyWith = undefined
      test.usedAt = machineNow()
    }
  }
  /** A setting that must not change under a move. */
  const settled = <T>(test: HeldTest, what: string, set: () => T): Promise<T> =>
    // biome-ignore lint/correctness/useYield: done in one slice
    moved(test, what, function* () {
      return set()
    })
  const byId = (path: string, get: (test: HeldTest) => Answer) =>
    app.get<WithId>(`/${path}/:testid`, request => get(table.find(request.params.testid)))

  app.get('/version', () =>
    answer('Coldloop serves the interface of the BOPTEST service.', { version, implements: 'BOPTEST 0.8' }),
  )
  app.get('/testcases', () => Object.keys(offer.sites).map(testcaseid => ({ testcaseid })))
  for (const select of ['select', 'select-async'])
    app.post<{ Params: { name: string } }>(`/testcases/:name/${select}`, request => {
      const place = placeAsked(offer.place, bodyOf(request)) ?? offer.place
      const test = table.add(() => createTestRun(offer, request.params.name, place))
      return { testid: test.id }
    })

  byId('name', ({ run }) => answer('The name of the testcase.', { name: run.testcase().name }))
  app.get<WithId>('/status/:testid', (request, reply) => {
    table.find(request.params.testid)
    // BOPTEST answers a bare JSON text; here nothing ever queues.
    return reply.type('application/json; charset=utf-8').send(JSON.stringify('Running'))
  })
  byId('step', ({ run }) => answer('The control step in seconds.', run.stepS()))
  byId('scenario', ({ run }) => answer('The present scenario.', run.scenario()))
  byId('kpi', ({ run }) => answer(`The KPIs since the start of the test; ${kpiNote}.`, run.kpis()))
  byId('measurements', ({ run }) => {
    const points = run.testcase().measurements.map(({ name, metadata }) => [name, metadata])
    return answer('The measurements, in SI units.', { ...Object.fromEntries(points), ...totalsMetadata })
  })
  byId('inputs', ({ run }) => answer('The inputs, in SI units.', inputsMetadata(run.testcase().inputs)))
  byId('forecast_points', ({ run }) => {
    const points = [...run.forecastPoints()].map(([name, { metadata }]) => [name, shortMetadata(metadata)])
    return answer('The points that are known ahead.', Object.fromEntries(points))
  })

  app.put<WithId>('/initialize/:testid', async request => {
    const test = table.find(request.params.testid)
    test.answeredAt = undefined
    return spoken(await moved(test, 'initialize', () => test.run.initialize(bodyOf(request))))
  })
  app.put<WithId>('/scenario/:testid', async request => {
    const test = table.find(request.params.testid)
    test.answeredAt = undefined
    return spoken(await moved(test, 'scenario', () => test.run.setScenario(bodyOf(request))))
  })
  app.put<WithId>('/step/:testid', async request => {
    const test = table.find(request.params.testid)
    const step = await settled(test, 'step', () => test.run.setStep(bodyOf(request)))
    return answer('The control step is set.', { step })
  })
  app.post<WithId>('/advance/:testid', async request => {
    const test = table.find(request.params.testid)
    const tookMs = test.answeredAt === undefined ? undefined : machineNow() - test.answeredAt
    const done = await moved(test, 'advance', () => test.run.advance(bodyOf(request), tookMs))
    test.answeredAt = machineNow()
    return spoken(done)
  })
  app.put<WithId>('/results/:testid', request =>
    spoken(table.find(request.params.testid).run.results(bodyOf(request))),
  )
  app.put<WithId>('/forecast/:testid', request =>
    answer(
      'What will be, without uncertainty.',
      table.find(request.params.testid).run.forecast(bodyOf(request)),
    ),
  )
  app.put<WithId>('/stop/:testid', (request, reply) => {
    table.stop(request.params.testid)
    return reply.type('text/plain').send('OK')
  })
  app.post<WithId>('/submit/:testid', (request, reply) => {
    table.find(request.params.testid)
    return reply.status(501).send({
      status: 501,
      message: 'submit is not offered: the dashboard of BOPTEST knows no data centres',
      payload: null,
    })
  })
  return app
}

function inputsMetadata(
  inputs: readonly { readonly name: string; readonly metadata: PointMetadata }[],
): Readonly<Record<string, PointMetadata>> {
  return Object.fromEntries(
    inputs.flatMap(({ name, metadata }) => [
      [`${name}_u`, metadata],
      [
        `${name}_activate`,
        {
          Unit: null,
          Description: `1 overwrites ${name}, 0 leaves it to the plant.`,
          Minimum: null,
          Maximum: null,
        },
      ],
    ]),
  )
}

const shortMetadata = ({ Unit, Description }: PointMetadata) => ({ Unit, Description })

/** The fields of a request, whether they came as JSON, as a form, or not at all. */
function bodyOf(request: FastifyRequest): Asked {
  const body = request.body ?? {}
  if (typeof body !== 'object' || Array.isArray(body))
    throw new Failure('CONFIG_INVALID', 'the body: allowed is one object of keys and values')
  return body as Asked
}

function readBodies(app: FastifyInstance): void {
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? {} : JSON.parse(text as string))
    } catch (cause) {
      done(new Failure('CONFIG_INVALID', `the body is not JSON: ${sentenceOf(cause)}`, { cause }))
    }
  })
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, text, done) => {
      const form = new URLSearchParams(text as string)
      const entries = [...new Set(form.keys())].map(key => {
        const values = form.getAll(key)
        return [key, values.length === 1 ? values[0] : values]
      })
      done(null, Object.fromEntries(entries))
    },
  )
}

/** Every trouble in the envelope; the message says what, and what is allowed. */
function answerTrouble(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    if (error instanceof UnknownTest)
      return reply.status(400).send({
        status: 400,
        message: error.message,
        payload: null,
        errors: [{ value: error.id, msg: error.message, param: 'testid', location: 'params' }],
      })
    const status = isFailure(error) ? failureCodes[error.code].http : (error.statusCode ?? 500)
    const message = status < 500 ? error.message : `Coldloop met a defect: ${sentenceOf(error)}`
    return reply
      .status(status)
      .send({ status, message: isFailure(error) ? error.message : message, payload: null })
  })
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({
      status: 404,
      message: `there is nothing at ${request.method} ${request.url.split('?')[0]}`,
      payload: null,
    }),
  )
}

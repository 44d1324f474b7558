import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { answerLine, lineCharactersMax, listed } from '#commands/physics/answerLine.ts'
import { equations } from '#commands/physics/equations.ts'
import { root, textOf } from '#tests/house/sourceFiles.ts'

type Answer = Record<string, number | boolean | string>
const ask = (question: object | string): Answer =>
  JSON.parse(
    answerLine(typeof question === 'string' ? question : JSON.stringify(question)) ?? 'null',
  ) as Answer
const errorOf = (question: object | string): string => String(ask(question).error)

const air = { dryBulbC: 30, relativeHumidity: 0.5, pressurePa: 101_325 }

/** The question and answer lines of the README's jsonl block. */
const examples = (/```jsonl\n([\s\S]*?)\n```/.exec(textOf('models/physics/README.md'))?.[1] ?? '')
  .split('\n')
  .flatMap((line, i, lines) => (i % 2 === 0 ? [[line, lines[i + 1] ?? '']] : []))

describe('the numbers of models/physics/README.md are what the command answers', () => {
  test('there are some', () => expect(examples.length).toBeGreaterThan(15))
  test.each(examples)('%s', (question, written) => {
    const answer = ask(question as string)
    const wanted = JSON.parse(written as string) as Answer
    expect(Object.keys(answer)).toEqual(Object.keys(wanted))
    for (const [name, value] of Object.entries(wanted))
      if (typeof value === 'number')
        expect(Math.abs((answer[name] as number) - value), name).toBeLessThanOrEqual(
          1e-4 * Math.max(1, Math.abs(value)),
        )
      else expect(answer[name], name).toBe(value)
  })
  test('every function stands in the table and in --help', () => {
    const table = textOf('models/physics/README.md')
    for (const name of Object.keys(equations)) {
      expect(table, name).toContain(`\`${name}\``)
      expect(listed(), name).toContain(`  ${name}: `)
    }
  })
})

describe('both ways round', () => {
  test('relative humidity and humidity ratio name the same air', () => {
    const { humidityRatio } = ask({ fn: 'moistAir', ...air })
    const { wetBulbC } = ask({ fn: 'wetBulb', ...air })
    expect(ask({ fn: 'wetBulb', dryBulbC: 30, humidityRatio, pressurePa: 101_325 }).wetBulbC).toBeCloseTo(
      wetBulbC as number,
      6,
    )
    expect(ask({ fn: 'dewPoint', dryBulbC: 30, humidityRatio, pressurePa: 101_325 }).dewPointC).toBeCloseTo(
      ask({ fn: 'dewPoint', ...air }).dewPointC as number,
      4,
    )
  })
  test('relative humidity 1 is saturated air, never one per cent', () => {
    expect(ask({ fn: 'wetBulb', ...air, relativeHumidity: 1 }).wetBulbC).toBe(30)
    expect(errorOf({ fn: 'wetBulb', ...air, relativeHumidity: 45 })).toMatch(
      /relativeHumidity = 45 .*FRACTION/,
    )
  })
  test.each(['counterFlow', 'parallelFlow', 'crossFlowUnmixed'])('%s', arrangement => {
    const there = ask({ fn: 'effectivenessNtu', arrangement, capacityRatio: 0.6, ntu: 1.7 })
    const back = ask({
      fn: 'effectivenessNtu',
      arrangement,
      capacityRatio: 0.6,
      effectiveness: there.effectiveness,
    })
    expect(back.ntu).toBeCloseTo(1.7, 6)
  })
  test('tower: the water that a fan reaches asks for that fan', () => {
    const question = JSON.parse(
      examples.find(([line]) => line?.includes('merkelTower'))?.[0] ?? '',
    ) as Record<string, unknown>
    const { fanSpeedRatio, ...rest } = question
    const { waterOutC } = ask(question)
    expect(ask({ ...rest, waterOutC }).fanSpeedRatio).toBeCloseTo(fanSpeedRatio as number, 6)
    // Colder than the full fan can and warmer than still fans leave it: the ends, with the water that comes of it.
    expect(ask({ ...rest, waterOutC: 10 })).toMatchObject({ fanSpeedRatio: 1 })
    expect(ask({ ...rest, waterOutC: 31.9 })).toMatchObject({ fanSpeedRatio: 0, fanPowerW: 0 })
  })
})

describe('what cannot be answered is told in one sentence', () => {
  test.each<[string, object | string, RegExp]>([
    ['not JSON', 'wet bulb, please', /^not JSON: .*one JSON object per line/],
    ['not an object', '[1]', /is not an object/],
    ['null', 'null', /is not an object/],
    ['no function', { dryBulbC: 3 }, /missing fn/],
    ['unknown function', { fn: 'wetBlub' }, /unknown function "wetBlub"; allowed are wetBulb, dewPoint/],
    ['inherited name', { fn: 'constructor' }, /unknown function "constructor"/],
    [
      'missing argument',
      { fn: 'wetBulb', relativeHumidity: 0.5, pressurePa: 1e5 },
      /^wetBulb: missing dryBulbC; allowed is a number, dry bulb, °C/,
    ],
    ['missing pressure', { fn: 'wetBulb', dryBulbC: 3, relativeHumidity: 0.5 }, /missing pressurePa/],
    [
      'neither form',
      { fn: 'wetBulb', dryBulbC: 3, pressurePa: 1e5 },
      /missing relativeHumidity or humidityRatio; exactly one/,
    ],
    [
      'both forms',
      { fn: 'wetBulb', ...air, humidityRatio: 0.01 },
      /too many of relativeHumidity or humidityRatio/,
    ],
    [
      'wrong type',
      { fn: 'wetBulb', ...air, dryBulbC: 'warm' },
      /dryBulbC = "warm" must be number; allowed is a number/,
    ],
    [
      'misspelt option',
      { fn: 'wetBulb', ...air, presure: 1 },
      /unknown argument presure; allowed are dryBulbC/,
    ],
    [
      'impossible air',
      { fn: 'wetBulb', dryBulbC: 150, relativeHumidity: 1, pressurePa: 1e5 },
      /Pa of vapour; allowed is less/,
    ],
    [
      'unreachable effectiveness',
      { fn: 'effectivenessNtu', arrangement: 'parallelFlow', capacityRatio: 1, effectiveness: 0.6 },
      /effectiveness = 0.6; allowed is below 0.5/,
    ],
    [
      'unknown arrangement',
      { fn: 'effectivenessNtu', arrangement: 'spiral', capacityRatio: 1, ntu: 1 },
      /arrangement = "spiral" .*counterFlow, parallelFlow, crossFlowUnmixed/,
    ],
    [
      'curve that does not rise',
      {
        fn: 'coldPlate',
        curve: { flowLpm: [1, 1], resistanceKPerW: [0.02, 0.01] },
        flowLpm: 1,
        inletC: 30,
        heatW: 1,
      },
      /curve.flowLpm\[1\] = 1 does not rise/,
    ],
    [
      'curve of two lengths',
      {
        fn: 'coldPlate',
        curve: { flowLpm: [1, 2], resistanceKPerW: [0.02] },
        flowLpm: 1,
        inletC: 30,
        heatW: 1,
      },
      /holds 1 numbers and curve.flowLpm 2/,
    ],
    [
      'missing inside a record',
      { fn: 'pump', curve: { flow: [1, 2], head: [2, 1] }, speedRatio: 1, flow: 1 },
      /missing curve.power/,
    ],
    [
      'crossed exchanger',
      {
        fn: 'cduHeatExchanger',
        design: {
          heatW: 1,
          rackReturnC: 40,
          rackSupplyC: 30,
          facilitySupplyC: 35,
          facilityReturnC: 38,
          exponent: 0.8,
        },
        rackHeatW: 1,
        facilitySupplyC: 20,
        rackFlowFraction: 1,
        facilityFlowFraction: 1,
      },
      /allowed is a counter flow that is warmer/,
    ],
    [
      'no flow',
      {
        fn: 'cduHeatExchanger',
        design: {
          heatW: 1,
          rackReturnC: 40,
          rackSupplyC: 30,
          facilitySupplyC: 20,
          facilityReturnC: 30,
          exponent: 0.8,
        },
        rackHeatW: 1,
        facilitySupplyC: 20,
        rackFlowFraction: 0,
        facilityFlowFraction: 1,
      },
      /rackFlowFraction = 0 must be > 0/,
    ],
  ])('%s', (_, question, sentence) => {
    expect(errorOf(question)).toMatch(sentence)
    expect(errorOf(question)).not.toContain('\n')
  })
  test('a line too long is not parsed', () => {
    expect(errorOf(`{"fn":"${'x'.repeat(lineCharactersMax)}"}`)).toMatch(/characters; allowed are/)
  })
  test('blank lines are no question', () => {
    expect(answerLine('')).toBeUndefined()
    expect(answerLine('  \t')).toBeUndefined()
  })
})

describe('as a process', () => {
  const started = (...words: string[]) =>
    spawn(process.execPath, [join(root, 'commands/run.mjs'), 'physics', ...words], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })

  test('lines in, lines out, in order, each before the next is sent, exit 0 at the end of input', async () => {
    const command = started()
    command.stdout.setEncoding('utf8')
    const lines: string[] = []
    let rest = ''
    const next = () =>
      new Promise<string>(resolve => {
        const take = (chunk: string) => {
          rest += chunk
          const end = rest.indexOf('\n')
          if (end < 0) return
          command.stdout.off('data', take)
          const line = rest.slice(0, end)
          rest = rest.slice(end + 1)
          resolve(line)
        }
        command.stdout.on('data', take)
      })
    for (const question of [
      JSON.stringify({ fn: 'wetBulb', ...air }),
      'nonsense',
      JSON.stringify({ fn: 'fanPower', speedRatio: 1 }),
    ]) {
      const answer = next()
      command.stdin.write(`${question}\n\n`)
      lines.push(await answer)
    }
    command.stdin.end()
    const exit = await new Promise(resolve => command.on('close', resolve))
    expect(lines.map(line => Object.keys(JSON.parse(line))[0])).toEqual([
      'wetBulbC',
      'error',
      'powerFraction',
    ])
    expect(exit).toBe(0)
  })

  test('five thousand questions at once keep their order; the last needs no line end', async () => {
    const command = started()
    let answers = ''
    command.stdout.setEncoding('utf8').on('data', chunk => {
      answers += chunk
    })
    const questions = Array.from({ length: 5000 }, (_, i) =>
      JSON.stringify({ fn: 'systemCurve', staticKpa: i, dynamicKpa: 0, exponent: 2, flowFraction: 1 }),
    )
    command.stdin.end(questions.join('\n'))
    const exit = await new Promise(resolve => command.on('close', resolve))
    expect(exit).toBe(0)
    expect(
      answers
        .trim()
        .split('\n')
        .map(line => (JSON.parse(line) as Answer).pressureKpa),
    ).toEqual(questions.map((_, i) => i))
  })

  test('--help names every function; another word is refused with exit 2', async () => {
    const help = started('--help')
    let text = ''
    help.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
    expect(await new Promise(resolve => help.on('close', resolve))).toBe(0)
    for (const name of Object.keys(equations)) expect(text).toContain(name)
    expect(await new Promise(resolve => started('--fast').on('close', resolve))).toBe(2)
  })
})

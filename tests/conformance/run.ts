import { parseArgs } from 'node:util'
import { judgeAll } from './judge.ts'
import { beyondText, brokenOff, countsOf, summary, table } from './report.ts'
import { playAll } from './stories.ts'

/** Prints a verdict for each assertion. Ends with 1 where one fails or a story breaks off, with 2 where too few are exercised. */
const { values } = parseArgs({ options: { mosquitto: { type: 'boolean', default: false } } })
const traces = await playAll(values.mosquitto ? 'mosquitto' : 'aedes')
const results = judgeAll(traces)
const broken = brokenOff([...traces.edge, ...traces.host])
process.stdout.write(`${[beyondText(), table(results), ...broken, summary(results)].join('\n')}\n`)
const [edge, host] = [countsOf(results, 'edge'), countsOf(results, 'host')]
const isWrong = edge.failing + host.failing + broken.length > 0
process.exit(isWrong ? 1 : edge.exercised < 90 || host.exercised < 50 ? 2 : 0)

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import Type from 'typebox'
import { flagsOf } from '#commands/flags.ts'
import { makeFolder } from '#commands/makeFolder.ts'
import { checked } from '#contract/check.ts'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'
import { Site } from '#contract/site/site.ts'
import { day } from '#contract/units.ts'
import { grafanaFiles } from '#dashboards/grafana/files.ts'
import { readSiteFile } from '#simulators/sites/sites.ts'

const usage = `Usage: npm run dashboards -- --out DIR [--site NAME | --data DIR]

Grafana dashboards as JSON, with provisioning of dashboards and of the InfluxDB data source.

  --out DIR     folder to write into; it is made where it is not there
  --site NAME   whose meters the queries name: a site that comes along, or the path of a .yaml file (default small)
  --data DIR    take the site from the data folder of a run instead, and show its first day where its clock is not the
                wall's: accelerated runs lie in the past
`

function main(): void {
  const { values } = parsed()
  if (values.help) {
    process.stdout.write(usage)
    return
  }
  if (values.out === undefined)
    throw new Failure('CONFIG_INVALID', '--out is missing: the folder to write the dashboards into')
  const site = values.data === undefined ? readSiteFile(values.site ?? 'small') : siteOfRun(values.data)
  const files = grafanaFiles(site, values.data === undefined ? undefined : firstDayOfRun(values.data))
  for (const [name, content] of files) {
    const path = join(resolve(values.out), name)
    try {
      makeFolder(dirname(path))
      writeFileSync(path, content)
    } catch (cause) {
      throw new Failure(
        'CONFIG_INVALID',
        `--out ${values.out}: ${path} cannot be written: ${sentenceOf(cause)}`,
        { cause },
      )
    }
  }
  process.stdout.write(`${[...files.keys()].map(name => join(values.out as string, name)).join('\n')}\n`)
}

function parsed() {
  return flagsOf({
    options: {
      out: { type: 'string' },
      site: { type: 'string' },
      data: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
}

function siteOfRun(folder: string): Site {
  const path = join(folder, 'site.json')
  try {
    return checked(Site, JSON.parse(readFileSync(path, 'utf8')), path)
  } catch (cause) {
    if (isFailure(cause)) throw cause
    throw new Failure('CONFIG_INVALID', `${path}: cannot be read as a run's site: ${sentenceOf(cause)}`, {
      cause,
    })
  }
}

/** The first day of an accelerated run; a run at speed 1 is shown as it happens. */
function firstDayOfRun(folder: string): { from: string; to: string } | undefined {
  const path = join(folder, 'clock.json')
  if (!existsSync(path)) return undefined
  const clock = checked(RunClock, JSON.parse(readFileSync(path, 'utf8')), path)
  return clock.speed === 1
    ? undefined
    : { from: new Date(clock.startAt).toISOString(), to: new Date(clock.startAt + day).toISOString() }
}

const RunClock = Type.Object({ startAt: Type.Integer(), speed: Type.Number() })

try {
  main()
} catch (error) {
  process.stderr.write(`${isFailure(error) ? error.message : (error as Error).stack}\n`)
  process.exitCode = isFailure(error) ? failureCodes[error.code].exit : 1
}

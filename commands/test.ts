import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * `npm test`: types, lint, then every test; last line `N passed, N failed, N skipped`. With CI set or `--install`, the real
 * servers that tests want (InfluxDB, Mosquitto, Chromium) are installed by apt where they are missing; otherwise what is
 * missing is skipped by name.
 */
const root = join(import.meta.dirname, '..')
const bin = (name: string) => join(root, 'node_modules', '.bin', name)
const flags = process.argv.slice(2)
const wantsInstall = flags.includes('--install') || Boolean(process.env.CI)
const passedOn = flags.filter(flag => flag !== '--install')

const servers = [
  { package: 'mosquitto', found: ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'] },
  { package: 'influxdb', found: ['/usr/bin/influxd', '/usr/sbin/influxd', '/usr/local/bin/influxd'] },
  {
    package: 'chromium',
    found: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  },
]

function installServers(): void {
  const missing = servers
    .filter(server => !server.found.some(path => existsSync(path)))
    .map(server => server.package)
  if (missing.length === 0) return
  const isRoot = process.getuid?.() === 0
  if (!existsSync('/usr/bin/apt-get') || !isRoot) {
    console.log(
      `not installed (needs apt-get and root): ${missing.join(', ')}; their tests are skipped by name`,
    )
    return
  }
  console.log(`installing ${missing.join(', ')}`)
  // RUNLEVEL=1: Debian's scripts start no service. The lock is waited for five minutes.
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' },
    })
  apt('update')
  const done = apt('install', '-y', '--no-install-recommends', ...missing)
  if (done.status !== 0)
    console.log(`apt-get could not install ${missing.join(', ')}; what is missing is skipped by name`)
}

type Count = {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly success: boolean
  readonly testResults: ReadonlyArray<{
    readonly status: string
    readonly assertionResults: readonly unknown[]
    readonly name: string
  }>
}

function runVitest(): { passed: number; failed: number; skipped: number } {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-test-'))
  const output = join(folder, 'result.json')
  try {
    const ran = spawnSync(
      process.execPath,
      [
        bin('vitest'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${output}`,
        ...passedOn,
      ],
      { cwd: root, stdio: 'inherit', env: process.env },
    )
    if (!existsSync(output)) return { passed: 0, failed: 1, skipped: 0 }
    const result = JSON.parse(readFileSync(output, 'utf8')) as Count
    const brokenFiles = result.testResults.filter(
      file => file.status === 'failed' && file.assertionResults.length === 0,
    ).length
    const failed = result.numFailedTests + brokenFiles
    // A run that failed without a failed test (a defect in a hook, an unhandled error) is a failure too.
    return {
      passed: result.numPassedTests,
      failed: failed === 0 && ran.status !== 0 ? 1 : failed,
      skipped: result.numPendingTests + result.numTodoTests,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function step(
  title: string,
  command: string,
  args: readonly string[],
): { passed: number; failed: number; skipped: number } {
  console.log(`${title}: ${command} ${args.join(' ')}`)
  const ran = spawnSync(process.execPath, [bin(command), ...args], { cwd: root, stdio: 'inherit' })
  return ran.status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
}

if (wantsInstall) installServers()
const counts = [
  ...(passedOn.length === 0
    ? [
        step('types', 'tsc', ['--noEmit']),
        step('types of the console', 'tsc', ['--noEmit', '-p', 'dashboards/console']),
        step('lint and format', 'biome', ['check', '.']),
      ]
    : []),
  runVitest(),
]
const sum = (key: 'passed' | 'failed' | 'skipped') => counts.reduce((total, count) => total + count[key], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
process.exit(sum('failed') === 0 ? 0 : 1)

// The door of every npm command: `node commands/run.mjs NAME …`. Plain JavaScript, so that a Node that is too old gets one
// clear sentence instead of a syntax error.
const commands = {
  start: './start.ts',
  agent: '../agent/main.ts',
  hub: '../hub/main.ts',
  simulate: './simulate.ts',
  report: './report.ts',
  dashboards: './dashboards.ts',
  bench: './bench.ts',
  chaos: './chaos.ts',
  backtest: './backtest.ts',
  physics: './physics.ts',
  forecast: './forecast.ts',
  audit: './audit.ts',
  savings: './savings.ts',
  build: './build.ts',
  test: './test.ts',
}

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 21)) {
  process.stderr.write(
    `Coldloop needs Node 24.21 or later and this is ${process.version}: run \`npm ci\` with install scripts allowed (the package "node" brings the right one), then start through npm.\n`,
  )
  process.exit(2)
}

const [name, ...rest] = process.argv.slice(2)
if (name === undefined || !Object.hasOwn(commands, name)) {
  process.stderr.write(`unknown command "${name ?? ''}": one of ${Object.keys(commands).join(', ')}\n`)
  process.exit(2)
}
process.argv = [process.argv[0], name, ...rest]
await import(commands[name])

// Adds to package-lock.json an entry for every platform's optional package that npm left out because the registry at
// hand does not serve it. Without them `npm ci` refuses, and users on another platform would miss their binary.
// Run after each `npm install`: node commands/lock.mjs
import { readFileSync, writeFileSync } from 'node:fs'

const lockUrl = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(lockUrl, 'utf8'))
const systems = {
  darwin: 'darwin',
  linux: 'linux',
  win32: 'win32',
  windows: 'win32',
  freebsd: 'freebsd',
  openbsd: 'openbsd',
  netbsd: 'netbsd',
  android: 'android',
  openharmony: 'openharmony',
  sunos: 'sunos',
  aix: 'aix',
}
const processors = {
  x64: 'x64',
  arm64: 'arm64',
  arm: 'arm',
  ia32: 'ia32',
  riscv64: 'riscv64',
  ppc64: 'ppc64',
  s390x: 's390x',
  loong64: 'loong64',
  mips64el: 'mips64el',
}

/** Operating system, processor and C library, as the package's name tells them. */
function platformOf(name) {
  const words = name.split('/').at(-1).split('-')
  const system = words.map(word => systems[word]).find(Boolean)
  const processor = words.map(word => processors[word]).find(Boolean)
  const muslOrGnu = words.some(word => word.startsWith('musl'))
    ? 'musl'
    : words.some(word => word.startsWith('gnu'))
      ? 'glibc'
      : undefined
  return {
    ...(processor ? { cpu: [processor] } : {}),
    ...(muslOrGnu && system === 'linux' ? { libc: [muslOrGnu] } : {}),
    ...(system ? { os: [system] } : {}),
  }
}

let added = 0
for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${place}/node_modules/${name}`
    const top = `node_modules/${name}`
    if (lock.packages[nested] || lock.packages[top]) continue
    const platform = platformOf(name)
    if (!platform.os && !platform.cpu) continue
    lock.packages[top] = {
      version,
      ...(platform.cpu ? { cpu: platform.cpu } : {}),
      ...(entry.dev ? { dev: true } : {}),
      ...(platform.libc ? { libc: platform.libc } : {}),
      optional: true,
      ...(platform.os ? { os: platform.os } : {}),
    }
    added += 1
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
)
writeFileSync(lockUrl, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added} entries added`)

import { dirname, resolve } from 'node:path'
import type { Plugin } from 'rolldown'

const besideSource = /new URL\(\s*'(\.[^']+\.ts)',\s*import\.meta\.url\s*\)/g

/**
 * Puts a worker thread's own bundle into the file that starts it: `new URL('./thread.ts', import.meta.url)` becomes the
 * thread's text as a data URL, which `new Worker` takes as it takes a path. The thread loads what it needs and no more.
 */
export const workersInside = (textOfThread: (path: string) => Promise<string>): Plugin => ({
  name: 'workers-inside',
  transform: {
    filter: { id: /\.ts$/, code: /import\.meta\.url/ },
    async handler(code, id) {
      let inside = code
      for (const [written, path] of code.matchAll(besideSource)) {
        const text = await textOfThread(resolve(dirname(id), path as string))
        const address = `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
        inside = inside.replace(written, `new URL('${address}')`)
      }
      return inside === code ? undefined : { code: inside, moduleType: 'ts' }
    },
  },
})

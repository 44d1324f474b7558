import { join } from 'node:path'
import { type InputOptions, type OutputChunk, type OutputOptions, rolldown } from 'rolldown'
import { headOf } from '#commands/build/head.ts'
import { packageFoldersOf } from '#commands/build/licences.ts'
import type { Stamp } from '#commands/build/stamp.ts'
import { workersInside } from '#commands/build/workersInside.ts'

export type Bundle = {
  readonly code: string
  readonly map: string
  /** Folders of the packages that stand in it. */
  readonly packages: readonly string[]
}

/**
 * Packages that some dependency asks for at run time and does without: native helpers of a WebSocket, serial ports of
 * Modbus RTU, another way to lock a file. None of them is installed here or may be needed.
 */
const leftOut = ['bufferutil', 'utf-8-validate', 'serialport', 'proper-lockfile']

/** The agent as one file for Node, its worker threads inside. Equal sources give equal bytes, wherever they stand. */
export async function bundleAgent(root: string, stamp: Stamp): Promise<Bundle> {
  const options: InputOptions = {
    cwd: root,
    platform: 'node',
    external: leftOut,
    transform: { define: { coldloopStamp: JSON.stringify(stamp) } },
    onLog: (_level, log) => {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(`the bundle would not be whole: ${log.message}`)
    },
  }
  const threads: OutputChunk[] = []
  const threadText = async (path: string): Promise<string> => {
    const thread = await bundled({ ...options, input: path }, { format: 'esm' })
    threads.push(thread)
    return thread.code
  }
  const agent = await bundled(
    { ...options, input: 'agent/main.ts', plugins: [workersInside(threadText)] },
    {
      format: 'cjs',
      postBanner: headOf(stamp.node),
      entryFileNames: 'agent.mjs',
      // Paths in the map lead from dist/ to the sources, wherever the file is written.
      dir: join(root, 'dist'),
      sourcemap: true,
      sourcemapExcludeSources: true,
    },
  )
  const beside = /.{0,80}pathToFileURL\(__filename\)/.exec(agent.code)
  if (beside) throw new Error(`the bundle would look for a file beside it: ${beside[0]}`)
  return {
    code: agent.code,
    map: JSON.stringify(agent.map),
    packages: packageFoldersOf(
      root,
      [agent, ...threads].flatMap(chunk => Object.keys(chunk.modules)),
    ),
  }
}

/**
 * Functions and classes keep their names: a stack trace from a site is read without the map too. One character beyond
 * Latin-1 and V8 would keep the whole text with two bytes a character: they are escaped.
 */
const minify = {
  compress: true,
  mangle: { keepNames: true },
  codegen: { asciiOnly: true },
} satisfies OutputOptions['minify']

async function bundled(input: InputOptions, output: OutputOptions): Promise<OutputChunk> {
  const build = await rolldown(input)
  try {
    const { output: parts } = await build.generate({ codeSplitting: false, minify, ...output })
    const [chunk, ...others] = parts.filter(part => part.type === 'chunk')
    if (!chunk || others.length > 0) throw new Error(`${input.input} became ${others.length + 1} files`)
    return chunk
  } finally {
    await build.close()
  }
}

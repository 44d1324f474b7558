import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))

/** One page, served by the hub from `/`: addresses are nested (`/{site}/{page}/{equipment}`), so the base is absolute. */
export default defineConfig({
  root: here,
  base: '/',
  logLevel: 'warn',
  // The JSX of this folder is Preact's; nothing else needs a plugin.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: `${here}dist`,
    emptyOutDir: true,
    target: 'es2023',
    // Fonts and pictures: none. A data: address would need its own line in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A busy machine is slow, not wrong: what is waited for may take its time.
    expect: { poll: { timeout: 15_000 } },
    // Two cores: system tests start whole sites, so files run one after the other there and side by side elsewhere.
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/system/**', 'tests/console/**', 'tests/**/*.days.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          // Whole days and weeks of simulated plants, still on a virtual clock; what kills an agent twenty times; pages in a browser.
          name: 'days',
          include: ['tests/**/*.days.test.ts', 'tests/console/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['tests/system/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

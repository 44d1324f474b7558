import { openKeeper } from '#agent/outbox/keeper.ts'
import type { OpenFarKeeper } from '#agent/outbox/openThread.ts'

/** The outbox's file without its thread, so that a test can reach into SQLite. */
export const keeperHere: OpenFarKeeper = async (options, tell) => {
  const keeper = openKeeper(options, tell)
  return {
    state: keeper.state(),
    commit: async batch => keeper.commit(batch),
    read: async (afterPosition, limit) => keeper.read(afterPosition, limit),
    close: async () => keeper.close(),
  }
}

/** A disk that syncs when the test lets it. */
export function slowDisk() {
  const waiting: Array<() => void> = []
  const open: OpenFarKeeper = async (options, tell) => {
    const keeper = await keeperHere(options, tell)
    return {
      ...keeper,
      commit: async batch => {
        const answer = await keeper.commit(batch)
        await new Promise<void>(resolve => waiting.push(resolve))
        return answer
      },
    }
  }
  return {
    open,
    /** Commits that wait for their sync. */
    waiting: () => waiting.length,
    sync: () => {
      for (const confirm of waiting.splice(0)) confirm()
    },
  }
}

/** A thread that dies before its next commit, or after it and before its word. */
export function mortalThread() {
  let isDoomed: 'before' | 'after' | undefined
  let opened = 0
  const open: OpenFarKeeper = async (options, tell) => {
    opened += 1
    const keeper = await keeperHere(options, tell)
    let isDead = false
    const die = async (): Promise<never> => {
      isDead = true
      await keeper.close()
      throw new Error('the thread ended')
    }
    return {
      ...keeper,
      commit: async batch => {
        if (isDead) throw new Error('the thread ended')
        const fate = isDoomed
        isDoomed = undefined
        if (fate === 'before') return die()
        const answer = await keeper.commit(batch)
        return fate === 'after' ? die() : answer
      },
    }
  }
  return {
    open,
    opened: () => opened,
    dies: (when: 'before' | 'after') => {
      isDoomed = when
    },
  }
}

import { signal } from '@preact/signals'
import type { SavingsView } from '#contract/api.ts'
import { sentenceOfError } from './actions.ts'
import { hub } from './hub.ts'

/** What the hub says of savings; null until it has. */
export const savings = signal<SavingsView | null>(null)
export const savingsProblem = signal<string | null>(null)

export async function loadSavings(): Promise<void> {
  try {
    savings.value = await hub.savings()
    savingsProblem.value = null
  } catch (error) {
    savingsProblem.value = sentenceOfError(error)
  }
}

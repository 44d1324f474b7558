import { signal } from '@preact/signals'
import { hub } from './hub.ts'
import { me } from './plant.ts'

/** Signing in: `#token=…` leaves the address at once, becomes a cookie that no script can read, and is forgotten here. */
export const signInProblem = signal<string | null>(null)

export async function signIn(token: string): Promise<boolean> {
  try {
    me.value = await hub.signIn(token)
    signInProblem.value = null
    return true
  } catch (error) {
    signInProblem.value = error instanceof Error ? error.message : String(error)
    return false
  }
}

export async function startSession(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token) {
    history.replaceState(null, '', location.pathname + location.search)
    if (await signIn(token)) return
  }
  try {
    me.value = await hub.me()
  } catch (error) {
    signInProblem.value = error instanceof Error ? error.message : String(error)
  }
}

import './styles/tokens.css'
import './styles/frame.css'
import './styles/pages.css'
import { effect } from '@preact/signals'
import { render } from 'preact'
import { App } from './app.tsx'
import { startKeyboard } from './keyboard.ts'
import { followHistory } from './state/address.ts'
import { contactLost, siteNow, startPulse } from './state/contact.ts'
import { startCurves } from './state/curves.ts'
import { followLook } from './state/look.ts'
import { graph, siteView } from './state/plant.ts'
import { prefill, refreshEnergyDay } from './state/prefill.ts'
import { startSession } from './state/session.ts'
import { startStream } from './state/stream.ts'

/** The day's energy is asked again this often: it moves slowly, and the hub computes it anew each time. */
const energyEveryMs = 15_000

const said = new Set<string>()
/** A curve that cannot be filled grows from live values instead; said once per cause. */
function sayOnce(error: unknown): void {
  const sentence = error instanceof Error ? error.message : String(error)
  if (said.has(sentence) || contactLost.peek()) return
  said.add(sentence)
  console.warn(sentence)
}

followLook()
followHistory()
startKeyboard()
startPulse()
startCurves()
startStream()
void startSession()

effect(() => {
  document.documentElement.toggleAttribute('data-lost', contactLost.value)
})

let filledFor: string | undefined
const refresh = () => {
  const now = siteNow.peek()
  if (now === 0 || contactLost.peek() || document.hidden) return
  refreshEnergyDay(siteView.peek()?.startedAt ?? 0, now).catch(sayOnce)
}
effect(() => {
  const site = graph.value
  const now = siteNow.value
  if (!site || now === 0 || filledFor === site.site.name) return
  filledFor = site.site.name
  prefill(site, now).catch(sayOnce)
  refresh()
})
window.setInterval(refresh, energyEveryMs)

render(<App />, document.getElementById('console') as HTMLElement)

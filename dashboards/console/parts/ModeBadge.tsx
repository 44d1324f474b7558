import type { Command } from '../state/figures.ts'
import { commandOf } from '../state/figures.ts'
import { t } from '../text.ts'

const styles: Partial<Record<Command, string>> = {
  local: 'local',
  maintenance: 'local',
  bms: 'local',
  off: 'off',
  unknown: 'off',
}

/** Who commands: auto is normal, therefore grey; a person at the device is blue. */
export function ModeBadge({ cdu }: { cdu: string }) {
  const command = commandOf(cdu).value
  return <span class={`mode ${styles[command] ?? ''}`}>{t(`mode.${command}`)}</span>
}

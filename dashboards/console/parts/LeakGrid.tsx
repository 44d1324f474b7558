import { leakStateOf } from '../rules/leaks.ts'
import { leaks } from '../state/figures.ts'
import { seen } from '../state/live.ts'
import { graph } from '../state/plant.ts'
import { t } from '../text.ts'
import { Go } from './Go.tsx'
import { Panel } from './Panel.tsx'

const readPoint = (key: string) => seen(key).value

/** The hatch of unknown sensors, defined once per page that draws racks. */
export function Hatch() {
  return (
    <svg width="0" height="0" class="sr" aria-hidden="true">
      <defs>
        <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-a" width="5" height="5" />
          <rect class="hatch-b" width="2" height="5" />
        </pattern>
      </defs>
    </svg>
  )
}

function SmallRack({ rack }: { rack: string }) {
  const trays = graph.value?.partsOf(rack).filter(part => part.kind === 'tray') ?? []
  const states = trays.map(tray => leakStateOf(tray.id, readPoint))
  const rope = leakStateOf(rack, readPoint)
  const all = [...states, rope]
  const wet = all.includes('wet')
  const unknown = all.includes('unknown')
  const step = 42 / Math.max(1, trays.length)
  return (
    <Go
      page="racks"
      equipment={rack}
      label={t('leak.rack', { rack, state: t(wet ? 'leak.wet' : unknown ? 'leak.unknown' : 'leak.dry') })}
    >
      <svg viewBox="0 0 30 48" preserveAspectRatio="none" aria-hidden="true">
        <rect class={`rk ${wet ? 'wet' : ''}`} x="1" y="1" width="28" height="46" />
        {states.map((state, index) => (
          <rect
            key={index}
            class={state === 'wet' ? 'tr wet' : state === 'unknown' ? 'hatched' : 'tr'}
            x="4"
            width="22"
            y={3.5 + index * step}
            height={Math.max(1.2, step * 0.55)}
          />
        ))}
        {rope === 'dry' ? null : (
          <rect class={rope === 'wet' ? 'tr wet' : 'hatched'} x="1" width="28" y="44" height="4" />
        )}
      </svg>
      <span class={wet ? 'wetname' : ''}>
        {rack}
        {wet ? '' : unknown ? ' ?' : ''}
      </span>
    </Go>
  )
}

/** Two rows of large racks; a larger hall is drawn smaller, never cut. */
const racksLarge = 30

export function LeakGrid() {
  const racks = graph.value?.ofKind('rack') ?? []
  const { wet, dry, unknown } = leaks.value
  return (
    <Panel
      title={t('leak.title')}
      className="leakbox"
      end={t('leak.counts', { wet: wet.length, dry, unknown: unknown.length })}
    >
      <div class="body">
        <Hatch />
        <div class={`leakgrid ${racks.length > racksLarge ? 'many' : ''}`}>
          {racks.map(rack => (
            <SmallRack key={rack.id} rack={rack.id} />
          ))}
        </div>
      </div>
    </Panel>
  )
}

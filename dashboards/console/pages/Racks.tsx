import { Go } from '../parts/Go.tsx'
import { Hatch } from '../parts/LeakGrid.tsx'
import { Panel } from '../parts/Panel.tsx'
import { Figure, Live } from '../parts/Value.tsx'
import { isolationOf, type LeakState, leakStateOf } from '../rules/leaks.ts'
import { goTo } from '../state/address.ts'
import { leaks, rackMargin } from '../state/figures.ts'
import { seen, usable } from '../state/live.ts'
import { graph, nameOf } from '../state/plant.ts'
import { t } from '../text.ts'

const readPoint = (key: string) => seen(key).value
const word = (state: LeakState) =>
  state === 'wet' ? <span class="wetword">{t('leak.wet')}</span> : <b>{t(`leak.${state}`)}</b>

/** A rack as it stands: tray bars, the rope under it, two valve stubs. */
function RackBox({ rack, current }: { rack: string; current: boolean }) {
  const trays = graph.value?.partsOf(rack).filter(part => part.kind === 'tray') ?? []
  const rope = leakStateOf(rack, readPoint)
  const isolation = isolationOf(rack, readPoint)
  const step = 132 / Math.max(1, trays.length)
  const states = trays.map(tray => leakStateOf(tray.id, readPoint))
  const wet = rope === 'wet' || states.includes('wet')
  const shut = readPoint(`${rack}.liquidIsolationStatus`).value === 1
  return (
    <a
      class="rackbox"
      href={`#${rack}`}
      data-row={rack}
      aria-current={current ? 'true' : undefined}
      aria-label={t('racks.label', { rack, rope: t(`leak.${rope}`), isolation: t(`isolation.${isolation}`) })}
      onClick={event => {
        event.preventDefault()
        goTo('racks', rack)
      }}
    >
      <span class="hd">
        <b>{rack}</b>
        <Live of={`${rack}.power`} size="small" />
      </span>
      <svg class="map" viewBox="0 0 130 214" aria-hidden="true">
        <rect class={`rk ${wet ? 'wet' : ''}`} x="2" y="2" width="126" height="144" />
        {trays.map((tray, index) => {
          const state = states[index]
          const off = usable(`${tray.id}.powerStatus`) === 0
          return (
            <g key={tray.id}>
              <rect
                class={state === 'wet' ? 'tr wet' : state === 'unknown' ? 'hatched' : off ? 'tr off' : 'tr'}
                x="8"
                width="114"
                y={8 + index * step}
                height={state === 'wet' ? Math.max(12, step * 0.78) : step * 0.72}
              />
              {state === 'wet' ? (
                <text class="wt" x="65" y={18.5 + index * step} text-anchor="middle">
                  {t('leak.trayWet', { tray: index + 1 })}
                </text>
              ) : null}
            </g>
          )
        })}
        <path class={`rope ${rope}`} d="M4 155 H126" />
        <text x="65" y="175" text-anchor="middle">
          {t(`leak.rope.${rope}`)}
        </text>
        <path class={`stub ${shut ? 'shut' : ''}`} d="M14 162 V212 M116 162 V212" />
        {shut ? <path class="iso" d="M4 184 H24 M106 184 H126 M4 191 H24 M106 191 H126" /> : null}
        <text x="65" y="202" text-anchor="middle">
          {t(`isolation.${isolation}`)}
        </text>
      </svg>
    </a>
  )
}

function Row({ cdu, current }: { cdu: string; current: string }) {
  const racks = graph.value?.racksOf(cdu) ?? []
  const manifold = graph.value?.downstream(cdu)[0]
  const worst = (): LeakState => {
    const states = racks.flatMap(rack => [
      leakStateOf(rack, readPoint),
      ...(graph.value?.partsOf(rack) ?? []).map(tray => leakStateOf(tray.id, readPoint)),
    ])
    return states.includes('wet') ? 'wet' : states.includes('unknown') ? 'unknown' : 'dry'
  }
  return (
    <Panel
      title={t('racks.row', { letter: racks[0]?.replace(/\d+$/, '') ?? '', cdu: nameOf(cdu) })}
      className="rowbox"
      end={t(`leak.${worst()}`)}
    >
      <div
        class="body"
        style={{ gridTemplateColumns: `repeat(${Math.min(6, Math.max(3, racks.length))}, minmax(0, 1fr))` }}
      >
        {racks.map(rack => (
          <RackBox key={rack} rack={rack} current={rack === current} />
        ))}
        <div class="rowfoot">
          <span>
            {t('racks.pan')} {word(leakStateOf(cdu, readPoint))}
          </span>
          {manifold ? (
            <span>
              {t('racks.manifold')} {word(leakStateOf(manifold, readPoint))}
            </span>
          ) : null}
          <span>
            {t('racks.reservoir')} <Live of={`${cdu}.reservoirLevel`} size="small" />
          </span>
          <span>
            {t('plant.makeup')} <Live of={`${cdu}.makeupFlow`} size="small" />
          </span>
        </div>
      </div>
    </Panel>
  )
}

function RackDetail({ rack }: { rack: string }) {
  const item = graph.value?.equipment(rack)
  if (item?.kind !== 'rack')
    return (
      <Panel title={t('racks.pick')}>
        <div class="body">
          <p class="muted">{t('racks.pickText')}</p>
        </div>
      </Panel>
    )
  const trays = graph.value?.partsOf(rack).filter(part => part.kind === 'tray') ?? []
  const place = Number(/\d+$/.exec(rack)?.[0] ?? 0)
  const margin = rackMargin(rack).value
  return (
    <Panel
      title={t('racks.detail', { rack })}
      end={t('racks.place', { letter: rack.replace(/\d+$/, ''), place })}
    >
      <div class="body stack">
        <table class="rows">
          <tbody>
            {(
              [
                'power',
                'liquidFlow',
                'liquidSupplyTemperature',
                'liquidReturnTemperature',
                'controlValvePosition',
                'liquidDifferentialPressure',
              ] as const
            ).map(point => (
              <tr key={point}>
                <th>
                  <Go page="point" equipment={`${rack}.${point}`}>
                    {t(`point.${point}`)}
                  </Go>
                </th>
                <td>
                  <Live of={`${rack}.${point}`} />
                </td>
              </tr>
            ))}
            <tr>
              <th>{t('col.margin')}</th>
              <td>
                <Figure
                  value={margin?.marginK ?? null}
                  quantity="temperatureDifference"
                  quality={margin ? 'good' : 'none'}
                />
              </td>
            </tr>
            <tr>
              <th>{t('racks.liquid')}</th>
              <td>
                {t(
                  `side.${readPoint(`${rack}.liquidIsolationStatus`).value === 1 ? 'closed' : readPoint(`${rack}.liquidIsolationStatus`).value === 0 ? 'open' : 'unknown'}`,
                )}
              </td>
            </tr>
            <tr>
              <th>{t('racks.electrical')}</th>
              <td>
                {t(
                  `side.${readPoint(`${rack}.electricalIsolationStatus`).value === 1 ? 'off' : readPoint(`${rack}.electricalIsolationStatus`).value === 0 ? 'on' : 'unknown'}`,
                )}
              </td>
            </tr>
          </tbody>
        </table>
        <p class="small muted">{t('racks.lockout')}</p>
        <div class="traylist">
          {trays.map((tray, index) => [
            <span key={tray.id}>{t('racks.tray', { tray: index + 1 })}</span>,
            <span key={`${tray.id} leak`}>{word(leakStateOf(tray.id, readPoint))}</span>,
            <span key={`${tray.id} power`} class="muted">
              {t(
                usable(`${tray.id}.powerStatus`) === 0
                  ? 'side.off'
                  : usable(`${tray.id}.powerStatus`) === 1
                    ? 'side.on'
                    : 'side.unknown',
              )}
            </span>,
            <Go key={`${tray.id} chip`} page="point" equipment={`${tray.id}.chipTemperature`}>
              <Live of={`${tray.id}.chipTemperature`} />
            </Go>,
          ])}
        </div>
      </div>
    </Panel>
  )
}

export function RacksPage({ rack }: { rack: string }) {
  const { wet, dry, unknown } = leaks.value
  const ropes = graph.value?.ofKind('leakSensor') ?? []
  const firstWet = wet
    .map(id => graph.value?.assemblyOf(id) ?? id)
    .find(id => graph.value?.equipment(id)?.kind === 'rack')
  const shown = rack || firstWet || graph.value?.ofKind('rack')[0]?.id || ''
  const places = (ids: readonly string[]) =>
    ids.slice(0, 4).map(nameOf).join(', ') + (ids.length > 4 ? ` +${ids.length - 4}` : '')
  return (
    <>
      <Hatch />
      <div class="head">
        <h1>
          {wet.length > 0
            ? t('sentence.wet', { places: places(wet), count: wet.length })
            : dry === 0
              ? t('sentence.waterUnknown')
              : t(unknown.length > 0 ? 'racks.noneSoFar' : 'racks.none')}
        </h1>
        <span class="muted">
          {t('leak.counts', { wet: wet.length, dry, unknown: unknown.length })}
          {unknown.length > 0 ? `: ${places(unknown)}` : ''}
        </span>
      </div>
      <div class="rackwrap">
        <div class="stack">
          <div class="floor">
            {(graph.value?.ofKind('cdu') ?? []).map(cdu => (
              <Row key={cdu.id} cdu={cdu.id} current={shown} />
            ))}
          </div>
          {ropes.length > 0 ? (
            <Panel title={t('racks.floorRopes')}>
              <div class="body">
                <div class="rowropes">
                  {ropes.map(rope => (
                    <span key={rope.id}>
                      {rope.name} {word(leakStateOf(rope.id, readPoint))}{' '}
                    </span>
                  ))}
                </div>
              </div>
            </Panel>
          ) : null}
        </div>
        <RackDetail rack={shown} />
      </div>
    </>
  )
}

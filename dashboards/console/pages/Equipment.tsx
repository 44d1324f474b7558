import { type EquipmentKind, pointsOf } from '#contract/points.ts'
import { Analog, LiveAnalog } from '../parts/Analog.tsx'
import { Go } from '../parts/Go.tsx'
import { ModeBadge } from '../parts/ModeBadge.tsx'
import { Panel } from '../parts/Panel.tsx'
import { PumpLine } from '../parts/Pumps.tsx'
import { Spark } from '../parts/Spark.tsx'
import { Figure, Live } from '../parts/Value.tsx'
import type { AnalogScale } from '../rules/analog.ts'
import * as bands from '../rules/bands.ts'
import type { Written } from '../rules/numbers.ts'
import { capital, pointName } from '../rules/points.ts'
import { dialog } from '../state/actions.ts'
import { type Span, seriesCurve, twoHours } from '../state/curves.ts'
import { chipMargin, chipMarginCurve, rackMargin } from '../state/figures.ts'
import { usable } from '../state/live.ts'
import { graph, siteView } from '../state/plant.ts'
import { t } from '../text.ts'
import { Coolant, GuardTable, HeatBalance } from './Loop.tsx'

function Indicator({
  cdu,
  point,
  sp,
  scale,
  quantity,
  leastSpan,
  span = twoHours,
}: {
  cdu: string
  point:
    | 'supplyTemperature'
    | 'returnTemperature'
    | 'flow'
    | 'differentialPressure'
    | 'staticPressure'
    | 'reservoirLevel'
  sp?: string
  scale: AnalogScale
  quantity: Written
  leastSpan: number
  span?: Span
}) {
  const key = `${cdu}.${point}`
  return (
    <div>
      <h3>
        <Go page="point" equipment={key}>
          {t(`point.${point}`)}
        </Go>
      </h3>
      <div class="t">
        <Live of={key} />
        <Spark ring={seriesCurve(key, span)} leastSpan={leastSpan} height={34} />
      </div>
      <LiveAnalog
        of={key}
        {...(sp ? { sp: `${cdu}.${sp}` } : {})}
        scale={scale}
        quantity={quantity}
        label={t(`point.${point}`)}
      />
    </div>
  )
}

function CduPage({ cdu, name }: { cdu: string; name: string }) {
  const site = siteView.value?.site
  if (!site) return null
  const margin = chipMargin(cdu).value
  const dpSp = usable(`${cdu}.differentialPressureSp`)
  const supplySp = usable(`${cdu}.supplyTemperatureSp`)
  const pumps = graph.value?.partsOf(cdu).filter(part => part.kind === 'pump') ?? []
  return (
    <>
      <div class="head">
        <h1>{t('cdu.title', { cdu: name })}</h1>
        <ModeBadge cdu={cdu} />
        <div class="pick">
          {(graph.value?.ofKind('cdu') ?? []).map(item => (
            <Go key={item.id} page="cdu" equipment={item.id} current={item.id === cdu}>
              {item.name}
            </Go>
          ))}
        </div>
        <span class="end">
          <Go page="loop" equipment={cdu} className="btn quiet">
            {t('cdu.loop')}
          </Go>
          <button
            type="button"
            class="btn"
            onClick={() => {
              dialog.value = { kind: 'mode', cdu }
            }}
          >
            {t('loop.mode')}
          </button>
          <button
            type="button"
            class="btn"
            onClick={() => {
              dialog.value = { kind: 'handBack', cdu }
            }}
          >
            {t('handBack.this')} <kbd>h</kbd>
          </button>
        </span>
      </div>
      <section class="panel quants" aria-label={t('cdu.indicators')}>
        <Indicator
          cdu={cdu}
          point="supplyTemperature"
          sp="supplyTemperatureSp"
          scale={bands.supplyScale(site, supplySp)}
          quantity="temperature"
          leastSpan={2}
        />
        <Indicator
          cdu={cdu}
          point="returnTemperature"
          scale={bands.returnScale(site, supplySp)}
          quantity="temperature"
          leastSpan={2}
        />
        <Indicator
          cdu={cdu}
          point="flow"
          scale={bands.flowScale(site, dpSp)}
          quantity="flow"
          leastSpan={60}
        />
        <Indicator
          cdu={cdu}
          point="differentialPressure"
          sp="differentialPressureSp"
          scale={bands.pressureScale(site, dpSp)}
          quantity="pressure"
          leastSpan={20}
        />
        <div>
          <h3>
            {t('col.margin')}
            {margin ? ` ${t('cdu.inRack', { rack: margin.rack })}` : ''}
          </h3>
          <div class="t">
            <Figure
              value={margin?.marginK ?? null}
              quantity="temperatureDifference"
              quality={margin ? 'good' : 'none'}
            />
            <Spark ring={chipMarginCurve(cdu)} leastSpan={5} height={34} />
          </div>
          <Analog
            scale={bands.chipMarginScale}
            value={margin?.marginK ?? null}
            quantity="temperatureDifference"
            label={t('col.margin')}
          />
        </div>
        <Indicator
          cdu={cdu}
          point="staticPressure"
          scale={bands.staticPressureScale}
          quantity="pressure"
          leastSpan={20}
        />
        <Indicator
          cdu={cdu}
          point="reservoirLevel"
          scale={bands.reservoirScale}
          quantity="level"
          leastSpan={5}
        />
        <div>
          <h3>{t('col.pumps')}</h3>
          {pumps.map(pump => (
            <PumpLine key={pump.id} pump={pump.id} name={pump.name} />
          ))}
          <p class="small muted">
            {t('point.power')} <Live of={`${cdu}.power`} size="small" />
          </p>
        </div>
      </section>
      <div class="loopwrap cduwrap">
        <div class="stack">
          <Panel title={t('cdu.racks')}>
            <table class="tbl">
              <thead>
                <tr>
                  <th class="l">{t('cdu.rack')}</th>
                  <th>{t('point.power')}</th>
                  <th>{t('col.flow')}</th>
                  <th>{t('col.margin')}</th>
                </tr>
              </thead>
              <tbody>
                {(graph.value?.racksOf(cdu) ?? []).map(rack => (
                  <RackRow key={rack} rack={rack} />
                ))}
              </tbody>
            </table>
          </Panel>
          <AllPoints id={cdu} kind="cdu" />
        </div>
        <div class="stack loopside">
          <GuardTable cdu={cdu} />
          <HeatBalance cdu={cdu} />
          <Coolant cdu={cdu} />
        </div>
      </div>
    </>
  )
}

function RackRow({ rack }: { rack: string }) {
  const margin = graph.value ? chipMarginOfRack(rack) : null
  return (
    <tr data-row={rack}>
      <td class="l">
        <Go page="racks" equipment={rack}>
          {rack}
        </Go>
      </td>
      <td>
        <Live of={`${rack}.power`} />
      </td>
      <td>
        <Live of={`${rack}.liquidFlow`} />
      </td>
      <td>
        <Figure value={margin} quantity="temperatureDifference" quality={margin === null ? 'none' : 'good'} />
      </td>
    </tr>
  )
}

const chipMarginOfRack = (rack: string): number | null => rackMargin(rack).value?.marginK ?? null

/** Every point of the equipment: states as words of the catalogue, numbers with unit and quality. */
function AllPoints({ id, kind }: { id: string; kind: EquipmentKind }) {
  return (
    <Panel title={t('cdu.allPoints')}>
      <div class="pointgrid">
        {pointsOf(kind).map(([point, spec]) => (
          <div key={point} title={spec.text} data-row={`${id}.${point}`} tabIndex={-1}>
            <Go page="point" equipment={`${id}.${point}`}>
              {capital(
                point.endsWith('Sp') ? t('cdu.setpointOf', { name: pointName(point) }) : pointName(point),
              )}
            </Go>
            <Live of={`${id}.${point}`} />
          </div>
        ))}
      </div>
    </Panel>
  )
}

/** A CDU has its own page; every other equipment shows all its points. */
export function EquipmentPage({ id }: { id: string }) {
  const item = graph.value?.equipment(id)
  if (!item)
    return (
      <div class="head">
        <h1>{t('cdu.unknown', { id })}</h1>
      </div>
    )
  if (item.kind === 'cdu') return <CduPage cdu={id} name={item.name} />
  return (
    <>
      <div class="head">
        <h1>{item.name}</h1>
        <span class="muted">{t(`kind.${item.kind}`)}</span>
      </div>
      <AllPoints id={id} kind={item.kind} />
    </>
  )
}

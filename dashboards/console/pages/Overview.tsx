import { computed } from '@preact/signals'
import type { Equipment } from '#contract/site/site.ts'
import { Analog, LiveAnalog } from '../parts/Analog.tsx'
import { Go } from '../parts/Go.tsx'
import { LeakGrid } from '../parts/LeakGrid.tsx'
import { ModeBadge } from '../parts/ModeBadge.tsx'
import { Panel } from '../parts/Panel.tsx'
import { PumpLine } from '../parts/Pumps.tsx'
import { Spark } from '../parts/Spark.tsx'
import { PrioritySymbol } from '../parts/Symbol.tsx'
import { Computed, Live } from '../parts/Value.tsx'
import { compareAlarms } from '../rules/alarmList.ts'
import type { AnalogScale } from '../rules/analog.ts'
import * as bands from '../rules/bands.ts'
import { formatNumber, formatWithUnit, type Written } from '../rules/numbers.ts'
import { seriesCurve, twoHours } from '../state/curves.ts'
import { chipMargin, chipMarginCurve, riseCurve, riseOf, sentence } from '../state/figures.ts'
import { usable } from '../state/live.ts'
import { alarms, graph, siteView } from '../state/plant.ts'
import { t } from '../text.ts'
import { AlarmsBox, HeatTrend, KeyFigures, PlanBox, PowerBox } from './OverviewSide.tsx'

export function StateLine() {
  const { main, more } = sentence.value
  return (
    <div class="state" role="status">
      <h1>{t(main.key, main.values)}</h1>
      <p>{more.map(part => t(part.key, part.values)).join(' ')}</p>
    </div>
  )
}

type CellProps = {
  label: string
  point: string
  sp?: string
  scale: AnalogScale
  quantity: Written
  leastSpan: number
  className?: string
}

function LiveCell({ label, point, sp, scale, quantity, leastSpan, className = '' }: CellProps) {
  return (
    <div class={`cell ${className}`}>
      <div class="lab">{label}</div>
      <div class="t">
        <Go page="point" equipment={point} className="plain">
          <Live of={point} range={[Math.max(0, scale.lo), scale.hi]} />
        </Go>
        <Spark ring={seriesCurve(point, twoHours)} leastSpan={leastSpan} />
      </div>
      <LiveAnalog of={point} {...(sp ? { sp } : {})} scale={scale} quantity={quantity} label={label} />
    </div>
  )
}

function CduRow({ cdu }: { cdu: Equipment }) {
  const site = siteView.value?.site
  if (!site) return null
  const { id } = cdu
  const supplySp = usable(`${id}.supplyTemperatureSp`)
  const dpSp = usable(`${id}.differentialPressureSp`)
  const rise = riseOf(id).value
  const margin = chipMargin(id).value?.marginK ?? null
  const worst = [...alarms.value.values()]
    .filter(alarm => alarm.state !== 'shelved' && graph.value?.cduOf(alarm.equipment) === id)
    .sort(compareAlarms)[0]
  return (
    <>
      <div class="cell name">
        <b>
          <Go page="cdu" equipment={id}>
            {cdu.name}
          </Go>
          {worst ? <PrioritySymbol priority={worst.priority} state={worst.state} /> : null}
        </b>
        <span>
          <ModeBadge cdu={id} />{' '}
          <span class="muted small">
            <Live of={`${id}.heat`} size="small" />
          </span>
        </span>
      </div>
      <LiveCell
        label={t('col.supply')}
        point={`${id}.supplyTemperature`}
        sp={`${id}.supplyTemperatureSp`}
        scale={bands.supplyScale(site, supplySp)}
        quantity="temperature"
        leastSpan={2}
      />
      <div class="cell dt">
        <div class="lab">{t('col.rise')}</div>
        <div class="t">
          <Computed value={rise} quantity="temperatureDifference" range={[0, bands.riseScale.hi]} />
          <Spark ring={riseCurve(id)} leastSpan={3} />
        </div>
        <Analog scale={bands.riseScale} value={rise} quantity="temperatureDifference" label={t('col.rise')} />
      </div>
      <LiveCell
        label={t('col.flow')}
        point={`${id}.flow`}
        scale={bands.flowScale(site, dpSp)}
        quantity="flow"
        leastSpan={60}
      />
      <LiveCell
        label={t('col.pressure')}
        point={`${id}.differentialPressure`}
        sp={`${id}.differentialPressureSp`}
        scale={bands.pressureScale(site, dpSp)}
        quantity="pressure"
        leastSpan={20}
      />
      <div class="cell">
        <div class="lab">{t('col.margin')}</div>
        <div class="t">
          <Computed value={margin} quantity="temperatureDifference" range={[0, bands.chipMarginScale.hi]} />
          <Spark ring={chipMarginCurve(id)} leastSpan={5} />
        </div>
        <Analog
          scale={bands.chipMarginScale}
          value={margin}
          quantity="temperatureDifference"
          label={t('col.margin')}
        />
      </div>
      <div class="cell pumps">
        {(graph.value?.partsOf(id) ?? [])
          .filter(part => part.kind === 'pump')
          .map(pump => (
            <PumpLine key={pump.id} pump={pump.id} name={pump.name} />
          ))}
      </div>
    </>
  )
}

const cduHeads = [
  'col.none',
  'col.supply',
  'col.rise',
  'col.flow',
  'col.pressure',
  'col.margin',
  'col.pumps',
] as const
const plantHeads = [
  'col.none',
  'col.supply',
  'col.return',
  'col.flow',
  'col.pressureOrFans',
  'col.approach',
  'col.pumps',
] as const

function PumpsOf({ assembly, speed }: { assembly: string; speed?: string }) {
  const pumps = (graph.value?.partsOf(assembly) ?? []).filter(part => part.kind === 'pump')
  const running = usable(`${assembly}.pumpsRunning`)
  return (
    <div class="cell pumps">
      <div class="pump on">
        {running === null
          ? t('plant.pumpsUnknown', { all: pumps.length })
          : t('plant.pumps', { count: running, all: pumps.length })}
      </div>
      {speed ? (
        <div class="pump">
          <Live of={speed} size="small" />
        </div>
      ) : null}
    </div>
  )
}

function PlantRows() {
  const site = siteView.value?.site
  const facility = graph.value?.ofKind('facilityLoop')[0]?.id
  const tower = graph.value?.ofKind('coolingTower')[0]?.id
  if (!site || !facility || !tower) return null
  const supply = usable(`${facility}.supplyTemperature`)
  const leaving = usable(`${tower}.leavingTemperature`)
  const exchanger = graph.value?.ofKind('heatExchanger')[0]
  const weather = graph.value?.ofKind('weatherStation')[0]?.id
  const wetBulb = weather ? usable(`${weather}.wetBulb`) : null
  const approach = supply === null || leaving === null ? null : supply - leaving
  const towerApproach = wetBulb === null || leaving === null ? null : leaving - wetBulb
  return (
    <>
      <div class="cell name">
        <b>{t('plant.facility')}</b>
        <small>{exchanger ? t('plant.afterExchanger', { exchanger: exchanger.name }) : ''}</small>
      </div>
      <LiveCell
        label={t('col.supply')}
        point={`${facility}.supplyTemperature`}
        sp={`${facility}.supplyTemperatureSp`}
        scale={bands.facilitySupplyScale(site, usable(`${facility}.supplyTemperatureSp`))}
        quantity="temperature"
        leastSpan={2}
      />
      <LiveCell
        label={t('col.return')}
        point={`${facility}.returnTemperature`}
        scale={bands.facilityReturnScale(site, supply)}
        quantity="temperature"
        leastSpan={2}
      />
      <LiveCell
        label={t('col.flow')}
        point={`${facility}.flow`}
        scale={bands.facilityFlowScale(site)}
        quantity="flow"
        leastSpan={200}
      />
      <LiveCell
        label={t('col.pressure')}
        point={`${facility}.differentialPressure`}
        sp={`${facility}.differentialPressureSp`}
        scale={bands.facilityPressureScale(site, usable(`${facility}.differentialPressureSp`))}
        quantity="pressure"
        leastSpan={20}
      />
      <div class="cell">
        <div class="lab">{t('col.approach')}</div>
        <div class="t">
          <Computed value={approach} quantity="temperatureDifference" range={[0, 10]} />
        </div>
        <Analog
          scale={bands.exchangerApproachScale}
          value={approach}
          quantity="temperatureDifference"
          label={t('col.approach')}
        />
      </div>
      <PumpsOf assembly={facility} speed={`${facility}.pumpSpeed`} />
      <div class="cell name">
        <b>{t('plant.tower')}</b>
        <small>
          {t('plant.makeup')} <Live of={`${tower}.makeupFlow`} size="small" />
        </small>
      </div>
      <LiveCell
        label={t('col.supply')}
        point={`${tower}.leavingTemperature`}
        sp={`${tower}.leavingTemperatureSp`}
        scale={bands.towerLeavingScale(site, usable(`${tower}.leavingTemperatureSp`))}
        quantity="temperature"
        leastSpan={2}
      />
      <LiveCell
        label={t('col.return')}
        point={`${tower}.enteringTemperature`}
        scale={bands.facilityReturnScale(site, leaving)}
        quantity="temperature"
        leastSpan={2}
      />
      <LiveCell
        label={t('col.flow')}
        point={`${tower}.waterFlow`}
        scale={bands.towerFlowScale(site)}
        quantity="flow"
        leastSpan={200}
      />
      <LiveCell
        label={t('col.fans')}
        point={`${tower}.fanSpeed`}
        scale={bands.fanScale}
        quantity="speed"
        leastSpan={20}
      />
      <div class="cell">
        <div class="lab">{t('col.approach')}</div>
        <div class="t">
          <Computed value={towerApproach} quantity="temperatureDifference" range={[0, 10]} />
        </div>
        <Analog
          scale={bands.towerApproachScale}
          value={towerApproach}
          quantity="temperatureDifference"
          label={t('col.approach')}
        />
      </div>
      <PumpsOf assembly={tower} />
    </>
  )
}

/** What fits one screen of 1080 lines; of more CDUs the worst stand here, in the order of the doors, and the rest in a line. */
const cdusShown = 8

/** Alarms first, then the least chip margin, to whole kelvins so that rows do not change places with the noise. */
const worstCdus = computed(() => {
  const cdus = graph.value?.ofKind('cdu') ?? []
  if (cdus.length <= cdusShown) return cdus
  const standing = [...alarms.value.values()].filter(alarm => alarm.state !== 'shelved')
  const rank = new Map(
    cdus.map(cdu => {
      const own = standing.filter(alarm => graph.value?.cduOf(alarm.equipment) === cdu.id)
      const priority = Math.min(5, ...own.map(alarm => alarm.priority))
      return [cdu.id, priority * 1_000 + Math.round(chipMargin(cdu.id).value?.marginK ?? 0)] as const
    }),
  )
  const worst = new Set(
    [...cdus].sort((a, b) => (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0)).slice(0, cdusShown),
  )
  return cdus.filter(cdu => worst.has(cdu))
})

/** The CDUs without a row, as spans: what is left out is counted and bounded. */
function OtherCdus({ all, shown }: { all: readonly Equipment[]; shown: readonly Equipment[] }) {
  const others = all.filter(cdu => !shown.includes(cdu))
  if (others.length === 0) return null
  const supplies = others.map(cdu => usable(`${cdu.id}.supplyTemperature`)).filter(value => value !== null)
  const margins = others.map(cdu => chipMargin(cdu.id).value?.marginK).filter(value => value !== undefined)
  return (
    <p class="others">
      <Go page="loop">{t('overview.others', { count: others.length })}</Go>{' '}
      {supplies.length === others.length && margins.length === others.length
        ? t('overview.othersText', {
            low: formatNumber(Math.min(...supplies), 'temperature').digits,
            high: formatWithUnit(Math.max(...supplies), 'temperature'),
            margin: formatWithUnit(Math.min(...margins), 'temperatureDifference'),
          })
        : t('overview.othersMissing')}
    </p>
  )
}

export function Overview() {
  const cdus = graph.value?.ofKind('cdu') ?? []
  const shown = worstCdus.value
  const weather = graph.value?.ofKind('weatherStation')[0]?.id
  return (
    <div class="overview">
      <StateLine />
      <KeyFigures />
      <div class="cols">
        <div class="stack left">
          <Panel
            title={t('overview.cdus')}
            className="cdubox"
            end={<span class="desk">{t('overview.cdusText')}</span>}
          >
            <div class="grid">
              {cduHeads.map(head => (
                <div class="h" key={head}>
                  {t(head)}
                </div>
              ))}
              {shown.map(cdu => (
                <CduRow key={cdu.id} cdu={cdu} />
              ))}
            </div>
            <OtherCdus all={cdus} shown={shown} />
          </Panel>
          <Panel
            title={t('overview.plant')}
            className="plantbox"
            end={
              weather ? (
                <span>
                  {t('overview.wetBulb')} <Live of={`${weather}.wetBulb`} size="small" />
                </span>
              ) : undefined
            }
          >
            <div class="grid">
              {plantHeads.map(head => (
                <div class="h" key={head}>
                  {t(head)}
                </div>
              ))}
              <PlantRows />
            </div>
          </Panel>
          {cdus.length <= cdusShown ? <HeatTrend /> : null}
        </div>
        <div class="stack side">
          <PlanBox />
          <AlarmsBox />
          <PowerBox />
          <LeakGrid />
        </div>
      </div>
    </div>
  )
}

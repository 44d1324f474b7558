import {
  Arrow,
  Exchanger,
  Gauge,
  HeatArrow,
  Label,
  PictureValue,
  Pipe,
  PumpPair,
  Valve,
} from '../parts/picture.tsx'
import { isStanding } from '../rules/alarmList.ts'
import * as bands from '../rules/bands.ts'
import { countLeaks, isolationOf, leakStateOf } from '../rules/leaks.ts'
import { formatDecimals, formatNumber, formatWithUnit } from '../rules/numbers.ts'
import { chipMargin, heatKw, rackMargin } from '../state/figures.ts'
import { seen, usable } from '../state/live.ts'
import { alarms, graph, nameOf, siteView } from '../state/plant.ts'
import { t } from '../text.ts'

const readPoint = (key: string) => seen(key).value

/** Below 2 % of design nothing worth an arrow flows; unknown flow is drawn as flowing, its number says that it is missing. */
const flowing = (flow: number | null, design: number) => flow === null || flow > design * 0.02

/** How many racks one CDU's picture shows one by one: three fit the height; of more, the hottest three, and the rest is said. */
const racksShown = 3

function outlineOf(equipment: string): string {
  const isRack = graph.value?.equipment(equipment)?.kind === 'rack'
  const own = [...alarms.value.values()].filter(
    alarm =>
      isStanding(alarm) &&
      (alarm.equipment === equipment || (isRack && graph.value?.assemblyOf(alarm.equipment) === equipment)),
  )
  if (own.length === 0) return ''
  const roots = own.filter(alarm => alarm.rootId === undefined)
  if (roots.length === 0) return 'hit'
  const worst = Math.min(...roots.map(alarm => alarm.priority))
  return worst <= 3 ? `alarm${worst}` : ''
}

function Rack({ rack, y }: { rack: string; y: number }) {
  const site = siteView.value?.site
  const margin = rackMargin(rack).value
  const shut =
    isolationOf(rack, readPoint) === 'isolated' || readPoint(`${rack}.liquidIsolationStatus`).value === 1
  if (!site) return null
  return (
    <>
      <rect
        class={`eq ${leakStateOf(rack, readPoint) === 'wet' ? 'alarm1' : outlineOf(rack)}`}
        x="150"
        y={y}
        width="236"
        height="140"
      />
      {Array.from({ length: 13 }, (_, index) => (
        <line
          key={index}
          class="plate"
          x1="160"
          x2="190"
          y1={y + 14 + index * 9.4}
          y2={y + 14 + index * 9.4}
        />
      ))}
      <Label x={204} y={y + 26} look="ttl">
        {rack}
      </Label>
      <PictureValue of={`${rack}.power`} x={374} y={y + 26} anchor="end" look="ttl" />
      <Label x={204} y={y + 54}>
        {t('loop.hottest')}
      </Label>
      <Label x={374} y={y + 54} look="" anchor="end">
        {formatWithUnit(margin?.hottestC ?? null, 'temperature')}
      </Label>
      <Gauge
        x={204}
        y={y + 68}
        width={170}
        scale={bands.chipTemperatureScale(site)}
        value={margin?.hottestC ?? null}
      />
      <Label x={204} y={y + 104}>
        {t('loop.margin')}
      </Label>
      <Label x={374} y={y + 104} look="" anchor="end">
        {formatWithUnit(margin?.marginK ?? null, 'temperatureDifference')}
      </Label>
      <PictureValue of={`${rack}.liquidFlow`} x={204} y={y + 127} look="lab" />
      <Label x={374} y={y + 127} anchor="end">
        {shut
          ? t('isolation.isolated')
          : t('loop.valve', { percent: formatDecimals(usable(`${rack}.controlValvePosition`), 0) })}
      </Label>
      {shut ? (
        <path
          class="iso"
          d={`M124 ${y + 58} V${y + 82} M132 ${y + 58} V${y + 82} M400 ${y + 58} V${y + 82} M408 ${y + 58} V${y + 82}`}
        />
      ) : null}
    </>
  )
}

function Racks({ cdu }: { cdu: string }) {
  const site = siteView.value?.site
  const map = graph.value
  if (!site || !map) return null
  const all = map.racksOf(cdu)
  const racks =
    all.length <= racksShown
      ? all
      : [...all]
          .sort((a, b) => (rackMargin(a).value?.marginK ?? 99) - (rackMargin(b).value?.marginK ?? 99))
          .slice(0, racksShown)
  const flows = flowing(usable(`${cdu}.flow`), site.design.cduFlowLpm)
  const ports = racks.map((_, index) => 130 + 170 * index)
  const last = ports.at(-1) ?? 130
  const sensors = [
    cdu,
    ...map.downstream(cdu),
    ...all,
    ...all.flatMap(rack => map.partsOf(rack).map(part => part.id)),
  ]
  const count = countLeaks(sensors, readPoint)
  const branches = ports
    .slice(1)
    .map(y => `M60 ${y} H150`)
    .join(' ')
  const returns = ports
    .slice(1, -1)
    .map(y => `M386 ${y} H424`)
    .join(' ')
  return (
    <>
      <Label x={24} y={34} look="ttl">
        {t('loop.racks')}
      </Label>
      <Label x={86} y={34}>
        {t(count.wet.length > 0 ? 'loop.sensorsWet' : 'loop.sensors', {
          coolant: site.coolant.secondary,
          dry: count.dry,
          all: count.all,
          wet: count.wet.length,
        })}
        {all.length > racksShown ? ` · ${t('loop.hottestOf', { count: all.length })}` : ''}
      </Label>
      <Pipe d={`M590 600 H60 V130 H150 ${branches}`} water="cold" flows={flows} />
      <Pipe
        d={`M386 130 H424 V${Math.max(last, 201)} ${last > 130 ? 'H386' : ''} ${returns} M424 200 H590`}
        water="warm"
        flows={flows}
      />
      {racks.map((rack, index) => (
        <Rack key={rack} rack={rack} y={60 + 170 * index} />
      ))}
      {ports.map(y => (
        <Arrow key={y} x={108} y={y} turn={0} water="cold" flows={flows} />
      ))}
      <Arrow x={290} y={600} turn={180} water="cold" flows={flows} />
      <Arrow x={510} y={200} turn={0} water="warm" flows={flows} />
    </>
  )
}

function Cdu({ cdu }: { cdu: string }) {
  const site = siteView.value?.site
  const map = graph.value
  if (!site || !map) return null
  const supplySp = usable(`${cdu}.supplyTemperatureSp`)
  const dpSp = usable(`${cdu}.differentialPressureSp`)
  const pumps = map.partsOf(cdu).filter(part => part.kind === 'pump')
  const flows = flowing(usable(`${cdu}.flow`), site.design.cduFlowLpm)
  const supplyRange = site.bounds.cduSupplyC
  const pressureRange = bands.pressureGuardKpa(site)
  return (
    <>
      <Label x={596} y={34} look="ttl" anchor="middle">
        {nameOf(cdu)}
      </Label>
      <Exchanger x={592} y={130} width={64} height={496} />
      <Label x={624} y={112} anchor="middle">
        {t('loop.exchanger')}
      </Label>
      {outlineOf(cdu) ? (
        <rect class={`eq ${outlineOf(cdu)}`} fill-opacity="0" x="590" y="126" width="68" height="504" />
      ) : null}
      <PumpPair pumps={pumps.map(pump => pump.id)} x={528} y={600} flows={flows} />
      <Label x={528} y={572} anchor="middle">
        {pumps[0] ? pumpText(pumps[0].id, pumps[0].name) : ''}
      </Label>
      <Label x={528} y={698} anchor="middle">
        {pumps[1] ? pumpText(pumps[1].id, pumps[1].name) : ''}
      </Label>
      <PictureValue of={`${cdu}.returnTemperature`} x={476} y={258} label={t('loop.return')} />
      <PictureValue of={`${cdu}.flow`} x={476} y={326} label={t('loop.flow')} />
      <PictureValue of={`${cdu}.supplyTemperature`} x={476} y={430} label={t('loop.supply')} />
      <Gauge
        x={476}
        y={448}
        width={104}
        scale={bands.supplyScale(site, supplySp)}
        value={usable(`${cdu}.supplyTemperature`)}
        setpoint={supplySp}
      />
      <Label x={476} y={488}>
        {t('loop.set', { value: formatNumber(supplySp, 'temperature').digits })}
      </Label>
      <Label x={476} y={508}>
        {t('loop.guard', { low: supplyRange.lowest, high: supplyRange.highest })}
      </Label>
      <PictureValue of={`${cdu}.differentialPressure`} x={24} y={660} label={t('loop.pressure')} />
      <Gauge
        x={24}
        y={680}
        width={150}
        scale={bands.pressureScale(site, dpSp)}
        value={usable(`${cdu}.differentialPressure`)}
        setpoint={dpSp}
      />
      <Label x={24} y={718}>
        {t('loop.setGuard', {
          value: formatNumber(dpSp, 'pressure').digits,
          low: formatDecimals(pressureRange[0], 0),
          high: formatDecimals(pressureRange[1], 0),
        })}
      </Label>
      <PictureValue of={`${cdu}.staticPressure`} x={240} y={660} label={t('loop.static')} />
      <Gauge
        x={240}
        y={680}
        width={92}
        scale={bands.staticPressureScale}
        value={usable(`${cdu}.staticPressure`)}
      />
      <PictureValue of={`${cdu}.reservoirLevel`} x={350} y={660} label={t('loop.reservoir')} />
      <Gauge
        x={350}
        y={680}
        width={84}
        scale={bands.reservoirScale}
        value={usable(`${cdu}.reservoirLevel`)}
      />
      <Label x={350} y={718}>
        {t('loop.makeup', { flow: formatDecimals(usable(`${cdu}.makeupFlow`), 1) })}
      </Label>
    </>
  )
}

function pumpText(pump: string, name: string): string {
  const { value, quality } = seen(`${pump}.status`).value
  const speed = seen(`${pump}.speed`).value.value
  if (value === null || quality === 'bad' || quality === 'none') return `${name} ${t('run.unknown')}`
  if (value === 1) return speed === null ? name : `${name} ${Math.round(speed)}\u202f%`
  return `${name} ${t(value === 2 ? 'run.tripped' : 'run.ready')}`
}

/** Heat of the CDUs as a short list; of many CDUs, this one and the sum. */
function Heats({ cdu }: { cdu: string }) {
  const cdus = graph.value?.ofKind('cdu') ?? []
  const shown = cdus.length <= 4 ? cdus : cdus.filter(item => item.id === cdu)
  const bottom = 262 + shown.length * 27
  return (
    <>
      {shown.map((item, index) => (
        <g key={item.id}>
          <Label x={752} y={262 + index * 27} look={item.id === cdu ? 'ttl' : 'lab'}>
            {item.name}
          </Label>
          <PictureValue
            of={`${item.id}.heat`}
            x={920}
            y={262 + index * 27}
            anchor="end"
            look={item.id === cdu ? 'ttl' : ''}
          />
        </g>
      ))}
      <line class="rule" x1="752" x2="920" y1={bottom - 15} y2={bottom - 15} />
      <Label x={752} y={bottom + 6}>
        {t('loop.sum')}
      </Label>
      <Label x={920} y={bottom + 6} look="ttl" anchor="end">
        {formatWithUnit(heatKw.value, 'power')}
      </Label>
    </>
  )
}

function Facility({ cdu }: { cdu: string }) {
  const site = siteView.value?.site
  const map = graph.value
  const facility = map?.ofKind('facilityLoop')[0]?.id
  if (!site || !map || !facility) return null
  const sp = usable(`${facility}.differentialPressureSp`)
  const flows = flowing(usable(`${facility}.flow`), site.design.facilityFlowLpm)
  const range = bands.facilityPressureScale(site, sp).guard ?? [null, null]
  return (
    <>
      <Label x={868} y={34} look="ttl" anchor="middle">
        {t('loop.facility', { coolant: site.coolant.facility })}
      </Label>
      <Pipe d="M656 200 H770 V130 H944" water="warm" flows={flows} />
      <Pipe d="M944 600 H656" water="cold" flows={flows} />
      <Arrow x={712} y={200} turn={0} water="warm" flows={flows} />
      <Arrow x={880} y={130} turn={0} water="warm" flows={flows} />
      <Arrow x={916} y={600} turn={180} water="cold" flows={flows} />
      <Valve x={698} y={600} name={t('loop.primaryValve')} of={`${cdu}.valvePosition`} />
      <PictureValue of={`${cdu}.primaryReturnTemperature`} x={661} y={258} label={t('loop.out')} />
      <PictureValue of={`${cdu}.primarySupplyTemperature`} x={661} y={560} label={t('loop.in')} />
      <HeatArrow x={658} y={420} />
      <PictureValue of={`${cdu}.heat`} x={664} y={396} look="ttl" />
      <Heats cdu={cdu} />
      <PictureValue of={`${facility}.returnTemperature`} x={790} y={100} label={t('loop.return')} />
      <PictureValue of={`${facility}.differentialPressure`} x={752} y={450} label={t('loop.pressure')} />
      <Gauge
        x={752}
        y={468}
        width={168}
        scale={bands.facilityPressureScale(site, sp)}
        value={usable(`${facility}.differentialPressure`)}
        setpoint={sp}
      />
      <Label x={752} y={508}>
        {t('loop.setGuard', {
          value: formatNumber(sp, 'pressure').digits,
          low: formatDecimals(range[0], 0),
          high: formatDecimals(range[1], 0),
        })}
      </Label>
      <PictureValue of={`${facility}.flow`} x={752} y={564} label={t('loop.flow')} />
      <PumpPair
        pumps={map
          .partsOf(facility)
          .filter(part => part.kind === 'pump')
          .map(part => part.id)}
        x={830}
        y={600}
        flows={flows}
      />
      <Label x={830} y={698} anchor="middle">
        {groupText(facility, 'facility')}
      </Label>
    </>
  )
}

function groupText(assembly: string, which: 'facility' | 'tower'): string {
  const pumps = graph.value?.partsOf(assembly).filter(part => part.kind === 'pump') ?? []
  const running = usable(`${assembly}.pumpsRunning`)
  const speed = which === 'facility' ? usable(`${assembly}.pumpSpeed`) : null
  if (running === null) return t('plant.pumpsUnknown', { all: pumps.length })
  const text = t('plant.pumps', { count: running, all: pumps.length })
  return speed === null ? text : t('loop.at', { what: text, speed: formatDecimals(speed, 0) })
}

function Tower() {
  const site = siteView.value?.site
  const map = graph.value
  const tower = map?.ofKind('coolingTower')[0]?.id
  const exchanger = map?.ofKind('heatExchanger')[0]?.id
  const weather = map?.ofKind('weatherStation')[0]?.id
  if (!site || !map || !tower) return null
  const sp = usable(`${tower}.leavingTemperatureSp`)
  const flows = flowing(usable(`${tower}.waterFlow`), site.design.towerFlowLpm)
  const wetBulb = weather ? usable(`${weather}.wetBulb`) : null
  const leaving = usable(`${tower}.leavingTemperature`)
  const hxApproach = (() => {
    const facility = map.ofKind('facilityLoop')[0]?.id
    const supply = facility ? usable(`${facility}.supplyTemperature`) : null
    return supply === null || leaving === null ? null : supply - leaving
  })()
  return (
    <>
      <Label x={1160} y={34} look="ttl" anchor="middle">
        {t('plant.tower')}
      </Label>
      <Exchanger x={946} y={100} width={52} height={526} />
      <Label x={972} y={62} look="ttl" anchor="middle">
        {exchanger ? nameOf(exchanger) : ''}
      </Label>
      <Label x={972} y={84} anchor="middle">
        {formatWithUnit(hxApproach, 'temperatureDifference')}
      </Label>
      <Pipe d="M998 130 H1128 V190" water="warm" flows={flows} />
      <Pipe d="M1240 560 V600 H998" water="cold" flows={flows} />
      <Arrow x={1070} y={130} turn={0} water="warm" flows={flows} />
      <Arrow x={1032} y={600} turn={180} water="cold" flows={flows} />
      <PictureValue of={`${tower}.enteringTemperature`} x={1022} y={100} label={t('loop.toTower')} />
      <PumpPair
        pumps={map
          .partsOf(tower)
          .filter(part => part.kind === 'pump')
          .map(part => part.id)}
        x={1130}
        y={600}
        flows={flows}
      />
      <Label x={1130} y={698} anchor="middle">
        {groupText(tower, 'tower')}
      </Label>
      <path class={`eq ${outlineOf(tower)}`} d="M1040 240 L1072 190 H1244 L1276 240 V520 H1040 z" />
      <rect class="eq" x="1040" y="520" width="236" height="40" />
      <rect class="basin" x="1042" y="538" width="232" height="20" />
      {[0, 1].map(index => (
        <g key={index} transform={`translate(${1106 + index * 104} 222)`}>
          <circle r="21" class="eq" />
          <path
            class="fanblade"
            d="M0 0 C6 -12 14 -12 16 -5 C10 -3 5 -1 0 0 M0 0 C-6 12 -14 12 -16 5 C-10 3 -5 1 0 0"
          />
        </g>
      ))}
      <Label x={1158} y={272} anchor="middle">
        {t('loop.fans', {
          percent: formatDecimals(usable(`${tower}.fanSpeed`), 0),
          cells: formatDecimals(usable(`${tower}.cellsOpen`), 0),
          all: site.nameplate.tower.cells,
        })}
      </Label>
      <PictureValue of={`${tower}.leavingTemperature`} x={1058} y={330} label={t('loop.leaving')} />
      <Label x={1258} y={330} anchor="end">
        {t('loop.set', { value: formatNumber(sp, 'temperature').digits })}
      </Label>
      <Gauge
        x={1058}
        y={348}
        width={200}
        scale={bands.towerLeavingScale(site, sp)}
        value={leaving}
        setpoint={sp}
      />
      {weather ? <PictureValue of={`${weather}.wetBulb`} x={1058} y={416} label={t('loop.wetBulb')} /> : null}
      <Label x={1184} y={394}>
        {t('loop.approach')}
      </Label>
      <Label x={1184} y={416} look="val">
        {formatWithUnit(
          leaving === null || wetBulb === null ? null : leaving - wetBulb,
          'temperatureDifference',
        )}
      </Label>
      <PictureValue of={`${tower}.waterFlow`} x={1058} y={476} label={t('loop.flow')} />
      <PictureValue of={`${tower}.makeupFlow`} x={1187} y={476} label={t('loop.makeupLabel')} />
      <Label x={1058} y={508}>
        {t('loop.conductivity', { value: formatDecimals(usable(`${tower}.conductivity`), 0) })}
      </Label>
      <Label x={1158} y={553} look="" anchor="middle">
        {t('loop.basin', { percent: formatDecimals(usable(`${tower}.basinLevel`), 0) })}
      </Label>
      <HeatArrow x={1210} y={180} turn={-90} />
      <Label x={1228} y={128} look="ttl">
        {formatNumber(heatKw.value, 'power').digits}
      </Label>
      <Label x={1228} y={148}>
        {t('loop.toAir', { unit: formatNumber(heatKw.value, 'power').unit })}
      </Label>
    </>
  )
}

export function LoopPicture({ cdu }: { cdu: string }) {
  const margin = chipMargin(cdu).value
  return (
    <svg
      class="loop"
      viewBox="0 0 1296 736"
      role="img"
      aria-label={t('loop.alt', {
        cdu: nameOf(cdu),
        margin: formatWithUnit(margin?.marginK ?? null, 'temperatureDifference'),
      })}
    >
      {[462, 742, 1010].map(x => (
        <line key={x} class="room" x1={x} x2={x} y1="14" y2="722" />
      ))}
      <Racks cdu={cdu} />
      <Cdu cdu={cdu} />
      <Facility cdu={cdu} />
      <Tower />
    </svg>
  )
}

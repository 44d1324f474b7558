import { Analog, LiveAnalog } from '../parts/Analog.tsx'
import { Go } from '../parts/Go.tsx'
import { PumpLine } from '../parts/Pumps.tsx'
import { Figure, Live } from '../parts/Value.tsx'
import * as bands from '../rules/bands.ts'
import { rackMargin } from '../state/figures.ts'
import { usable } from '../state/live.ts'
import { graph, nameOf, siteView } from '../state/plant.ts'
import { t } from '../text.ts'

/** The loop from chip to sky as a list: the picture's values in the same order, for a phone and for a screen reader. */
export function LoopList({ cdu }: { cdu: string }) {
  const site = siteView.value?.site
  const map = graph.value
  if (!site || !map) return null
  const facility = map.ofKind('facilityLoop')[0]?.id
  const tower = map.ofKind('coolingTower')[0]?.id
  const line = (key: string, label: string) => (
    <div class="step" key={key}>
      <span class="lab">
        <Go page="point" equipment={key}>
          {label}
        </Go>
      </span>
      <Live of={key} />
    </div>
  )
  return (
    <>
      {map.racksOf(cdu).map(rack => {
        const margin = rackMargin(rack).value
        return (
          <div class="step" key={rack}>
            <h3>
              <Go page="racks" equipment={rack}>
                {t('loop.rack', { rack })}
              </Go>
            </h3>
            <span class="lab">{t('point.power')}</span>
            <Live of={`${rack}.power`} />
            <span class="lab">{t('col.margin')}</span>
            <Figure
              value={margin?.marginK ?? null}
              quantity="temperatureDifference"
              quality={margin ? 'good' : 'none'}
            />
            <Analog
              scale={bands.chipMarginScale}
              value={margin?.marginK ?? null}
              quantity="temperatureDifference"
              label={t('col.margin')}
            />
            <span class="lab">{t('col.flow')}</span>
            <Live of={`${rack}.liquidFlow`} />
          </div>
        )
      })}
      <div class="step">
        <h3>
          ↓{' '}
          <Go page="cdu" equipment={cdu}>
            {nameOf(cdu)}
          </Go>
        </h3>
        <span class="lab">{t('col.supply')}</span>
        <Live of={`${cdu}.supplyTemperature`} />
        <LiveAnalog
          of={`${cdu}.supplyTemperature`}
          sp={`${cdu}.supplyTemperatureSp`}
          scale={bands.supplyScale(site, usable(`${cdu}.supplyTemperatureSp`))}
          quantity="temperature"
          label={t('col.supply')}
        />
        <span class="lab">{t('col.return')}</span>
        <Live of={`${cdu}.returnTemperature`} />
        <span class="lab">{t('col.flow')}</span>
        <Live of={`${cdu}.flow`} />
        <LiveAnalog
          of={`${cdu}.flow`}
          scale={bands.flowScale(site, usable(`${cdu}.differentialPressureSp`))}
          quantity="flow"
          label={t('col.flow')}
        />
        <span class="lab">{t('col.pressure')}</span>
        <Live of={`${cdu}.differentialPressure`} />
        <LiveAnalog
          of={`${cdu}.differentialPressure`}
          sp={`${cdu}.differentialPressureSp`}
          scale={bands.pressureScale(site, usable(`${cdu}.differentialPressureSp`))}
          quantity="pressure"
          label={t('col.pressure')}
        />
        <span class="lab">{t('point.heat')}</span>
        <Live of={`${cdu}.heat`} />
        {map
          .partsOf(cdu)
          .filter(part => part.kind === 'pump')
          .map(pump => (
            <PumpLine key={pump.id} pump={pump.id} name={pump.name} />
          ))}
      </div>
      {facility ? (
        <div class="step">
          <h3>↓ {t('loop.facility', { coolant: site.coolant.facility })}</h3>
        </div>
      ) : null}
      {facility
        ? [
            line(`${facility}.supplyTemperature`, t('col.supply')),
            line(`${facility}.returnTemperature`, t('col.return')),
            line(`${facility}.flow`, t('col.flow')),
            line(`${facility}.differentialPressure`, t('col.pressure')),
          ]
        : null}
      {tower ? (
        <div class="step">
          <h3>↓ {t('plant.tower')}</h3>
        </div>
      ) : null}
      {tower
        ? [
            line(`${tower}.leavingTemperature`, t('loop.leaving')),
            line(`${tower}.enteringTemperature`, t('loop.toTower')),
            line(`${tower}.waterFlow`, t('col.flow')),
            line(`${tower}.fanSpeed`, t('col.fans')),
          ]
        : null}
    </>
  )
}

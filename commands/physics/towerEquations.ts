import Type, { type Static } from 'typebox'
import {
  type Equation,
  equation,
  exactlyOne,
  fraction,
  number,
  numbers,
  positive,
  pressurePa,
  record,
  refused,
  risingTogether,
  takes,
  temperature,
} from '#commands/physics/equation.ts'
import { evaporationLpm, makeupLpm } from '#models/physics/coolingTowers.ts'
import {
  airAfterPadsC,
  type DryCoolerDesign,
  dryCoolerAirKwPerK,
  dryCoolerDesignEffectiveness,
  dryCoolerFanSpeedRatio,
  dryCoolerLeavingC,
  dryCoolerPowerKw,
  padsAreWet,
} from '#models/physics/dryCoolers.ts'
import {
  merkelFanPowerW,
  merkelFanSpeedRatio,
  merkelLeavingC,
  sizedMerkelTower,
} from '#models/physics/merkelTowers.ts'
import { standardPressurePa } from '#models/physics/psychrometrics.ts'
import { evaporationKgPerS, padWaterKgPerS } from '#models/physics/towerWater.ts'
import { isWithinYorkCalc, yorkCalcApproachK, yorkCalcLeavingC } from '#models/physics/yorkCalc.ts'

const merkelDesign = record(
  {
    waterFlowM3PerS: positive('design water, m³/s'),
    airFlowM3PerS: positive('design air, m³/s'),
    wetBulbC: number('design wet bulb, °C', { minimum: -30, maximum: 45 }),
    rangeK: positive('design range, K'),
    approachK: positive('design approach, K'),
    fanPowerW: number('fan power at full speed, W', { minimum: 0 }),
    fanCurve: record(
      { speed: numbers('speed ratios, rising', 2), power: numbers('power ratios', 2) },
      'fan power against speed, both as ratios',
    ),
    uaCorrections: record(
      {
        wetBulb: numbers('polynomial of design wet bulb - wet bulb, K', 1),
        airFraction: numbers('polynomial of the air fraction', 1),
        waterFraction: numbers('polynomial of the water fraction', 1),
      },
      'polynomials c0 + c1 x + c2 x² … by which UA is multiplied',
    ),
    freeConvectionFraction: fraction('share of design air that moves with the fans still'),
  },
  'data sheet of the tower',
)

const dryCoolerDesign = record(
  {
    heatW: positive('design heat, W'),
    coolantInC: temperature('coolant entering'),
    coolantOutC: temperature('coolant leaving'),
    airInC: temperature('air entering'),
    fanPowerW: number('fan power at full speed, W', { minimum: 0 }),
    airToCoolant: Type.Optional(positive('capacity flow of air ÷ coolant, 1 where it is not given')),
    freeConvectionFraction: Type.Optional(
      fraction('share of design air with the fans still, 0.06 where it is not given'),
    ),
  },
  'data sheet of the dry cooler',
)

function sizedDryCooler(design: Static<typeof dryCoolerDesign>, fn: string): DryCoolerDesign {
  const { heatW, fanPowerW, airToCoolant = 1, freeConvectionFraction = 0.06, ...temperatures } = design
  const { coolantInC, coolantOutC, airInC } = temperatures
  if (!(coolantInC > coolantOutC && coolantOutC > airInC))
    throw refused(
      `${fn}: design.coolantInC = ${coolantInC}, coolantOutC = ${coolantOutC}, airInC = ${airInC}; allowed is in above out above air`,
    )
  const sized = {
    ...temperatures,
    heatKw: heatW / 1000,
    fanPowerKw: fanPowerW / 1000,
    airToCoolant,
    freeConvectionFraction,
  }
  const share = dryCoolerDesignEffectiveness(sized)
  if (share >= 0.99)
    throw refused(`${fn}: the design asks for an effectiveness of ${share.toFixed(3)}; allowed is below 0.99`)
  return sized
}

export const towerEquations: Readonly<Record<string, Equation>> = {
  yorkCalcApproach: equation(
    'approach of a York tower by its polynomial; insideBounds tells whether it was fitted there',
    takes({
      rangeK: number('water in - water out, K', { minimum: 0, maximum: 100 }),
      wetBulbC: number('wet bulb, °C', { minimum: -60, maximum: 60 }),
      waterFlowFraction: positive('water ÷ design water'),
      airFlowFraction: positive('air ÷ design air'),
    }),
    point => ({ approachK: yorkCalcApproachK(point), insideBounds: isWithinYorkCalc(point) }),
  ),
  yorkCalcTower: equation(
    'leaving water of a York tower, inputs held inside the bounds of the fit',
    takes({
      waterInC: temperature('water entering'),
      wetBulbC: number('wet bulb, °C', { minimum: -60, maximum: 60 }),
      waterFlowFraction: positive('water ÷ design water'),
      airFlowFraction: positive('air ÷ design air'),
    }),
    tower => ({ waterOutC: yorkCalcLeavingC(tower) }),
  ),
  merkelTower: equation(
    'cooling tower after Merkel; fans still let freeConvectionFraction of the air through',
    takes({
      design: merkelDesign,
      wetBulbC: number('wet bulb, °C', { minimum: -60, maximum: 60 }),
      waterInC: number('water entering, °C', { minimum: -5, maximum: 95 }),
      waterFlowKgPerS: positive('water, kg/s'),
      fanSpeedRatio: Type.Optional(fraction('fan speed ÷ full speed')),
      waterOutC: Type.Optional(temperature('water leaving that the fan shall reach')),
      pressurePa: Type.Optional(pressurePa),
    }),
    (asked, fn) => {
      exactlyOne(asked, fn, ['fanSpeedRatio', 'waterOutC'])
      const { design } = asked
      risingTogether(fn, 'design.fanCurve', { speed: design.fanCurve.speed, power: design.fanCurve.power })
      const tower = sizedMerkelTower(design, asked.pressurePa ?? standardPressurePa)
      const speed = asked.fanSpeedRatio ?? merkelFanSpeedRatio(tower, asked, asked.waterOutC as number)
      return {
        waterOutC: merkelLeavingC(tower, asked, speed),
        fanSpeedRatio: speed,
        fanPowerW: merkelFanPowerW(design, speed),
      }
    },
  ),
  towerWater: equation(
    'evaporation from the balance of the air (where it is given) and make-up of a tower',
    takes({
      heatW: number('heat rejected, W', { minimum: 0 }),
      airFlowKgPerS: Type.Optional(positive('air, kg/s')),
      dryBulbC: Type.Optional(temperature('dry bulb')),
      wetBulbC: Type.Optional(temperature('wet bulb')),
      pressurePa: Type.Optional(pressurePa),
      cycles: number('cycles of concentration', { minimum: 1.1, maximum: 50 }),
      driftLpm: Type.Optional(number('drift, L/min', { minimum: 0 })),
    }),
    (asked, fn) => {
      const evaporation = evaporated(asked, fn)
      return {
        evaporationLpm: evaporation,
        makeupLpm: makeupLpm({
          evaporationLpm: evaporation,
          cycles: asked.cycles,
          driftLpm: asked.driftLpm ?? 0,
        }),
      }
    },
  ),
  dryCooler: equation(
    'dry cooler in cross flow with adiabatic pads',
    takes({
      design: dryCoolerDesign,
      dryBulbC: temperature('dry bulb'),
      wetBulbC: Type.Optional(temperature('wet bulb, needed with pads')),
      padsOn: Type.Optional(Type.Boolean({ description: 'pads asked for; they stay dry below 5 °C' })),
      coolantInC: temperature('coolant entering'),
      coolantFlowFraction: positive('coolant ÷ design'),
      fanSpeedRatio: Type.Optional(fraction('fan speed ÷ full speed')),
      coolantOutC: Type.Optional(temperature('coolant leaving that the fans shall reach')),
      pressurePa: Type.Optional(pressurePa),
    }),
    (asked, fn) => {
      exactlyOne(asked, fn, ['fanSpeedRatio', 'coolantOutC'])
      const design = sizedDryCooler(asked.design, fn)
      const padsOn = asked.padsOn ?? false
      if (padsOn && asked.wetBulbC === undefined)
        throw refused(`${fn}: missing wetBulbC; with padsOn allowed is a number, °C, at most dryBulbC`)
      if (asked.wetBulbC !== undefined && asked.wetBulbC > asked.dryBulbC)
        throw refused(`${fn}: wetBulbC = ${asked.wetBulbC}; allowed is at most dryBulbC = ${asked.dryBulbC}`)
      const air = { dryBulbC: asked.dryBulbC, wetBulbC: asked.wetBulbC ?? asked.dryBulbC, padsOn }
      const moment = { ...asked, airInC: airAfterPadsC(air) }
      const speed = asked.fanSpeedRatio ?? dryCoolerFanSpeedRatio(design, moment, asked.coolantOutC as number)
      const padsWet = padsAreWet(air)
      const airKgPerS = (dryCoolerAirKwPerK(design) * Math.max(speed, design.freeConvectionFraction)) / 1.006
      const pads = {
        ...air,
        airKgPerS,
        afterC: moment.airInC,
        pressurePa: asked.pressurePa ?? standardPressurePa,
      }
      return {
        coolantOutC: dryCoolerLeavingC(design, moment, speed),
        fanSpeedRatio: speed,
        powerW: 1000 * dryCoolerPowerKw(design, { fanSpeedRatio: speed, padsWet }),
        airInC: moment.airInC,
        padWaterKgPerS: padsWet ? padWaterKgPerS(pads) : 0,
      }
    },
  ),
}

/** Balance where the air is known; else the constant share of heat. */
function evaporated(
  asked: { heatW: number; airFlowKgPerS?: number; dryBulbC?: number; wetBulbC?: number; pressurePa?: number },
  fn: string,
): number {
  const { airFlowKgPerS, dryBulbC, wetBulbC } = asked
  const given = [airFlowKgPerS, dryBulbC, wetBulbC].filter(value => value !== undefined).length
  if (given === 0) return evaporationLpm(asked.heatW / 1000)
  if (airFlowKgPerS === undefined || dryBulbC === undefined || wetBulbC === undefined || wetBulbC > dryBulbC)
    throw refused(
      `${fn}: airFlowKgPerS, dryBulbC and wetBulbC belong together; allowed are all three with wetBulbC at most dryBulbC, or none`,
    )
  // 1 kg of water is a litre here: 0.3 % at tower temperatures.
  return (
    60 *
    evaporationKgPerS({
      heatKw: asked.heatW / 1000,
      airKgPerS: airFlowKgPerS,
      dryBulbC,
      wetBulbC,
      pressurePa: asked.pressurePa ?? standardPressurePa,
    })
  )
}

import Type from 'typebox'
import {
  type Equation,
  equation,
  exactlyOne,
  fraction,
  number,
  numbers,
  positive,
  record,
  refused,
  risingTogether,
  takes,
  temperature,
} from '#commands/physics/equation.ts'
import { airWarmingK, crahFanKw } from '#models/physics/airCooling.ts'
import { electricEirChiller, reformulatedEirChiller } from '#models/physics/chillers.ts'
import { lossKw } from '#models/physics/electrical.ts'
import { driveEfficiency, motorEfficiency, pumpAt, pumpSpeedRatio } from '#models/physics/pumpCurves.ts'
import { fanPowerFraction, systemCurveKpa } from '#models/physics/pumpsAndFans.ts'

const kelvin = (description: string) => number(`${description}, K`, { minimum: 200, maximum: 400 })
const coefficients = (count: number, description: string) =>
  Type.Array(Type.Number(), {
    minItems: count,
    maxItems: count,
    description: `${count} coefficients of ${description}`,
  })

const ratings = {
  QEva_flow_nominal: Type.Number({
    exclusiveMaximum: 0,
    description: 'heat taken from the water at nominal, W, negative',
  }),
  COP_nominal: positive('COP at nominal'),
  PLRMin: fraction('part load below which it cycles'),
  PLRMinUnl: fraction('part load below which it bypasses hot gas'),
  PLRMax: number('highest part load', { minimum: 0.01, maximum: 2 }),
  TEvaLvgMin: kelvin('lowest evaporator leaving'),
  TEvaLvgMax: kelvin('highest evaporator leaving'),
  capFunT: coefficients(6, 'capacity'),
  EIRFunT: coefficients(6, 'energy input ratio'),
}
const eirRecord = record(
  {
    ...ratings,
    TConEntMin: kelvin('lowest condenser entering'),
    TConEntMax: kelvin('highest condenser entering'),
    EIRFunPLR: numbers('polynomial of part load', 1),
  },
  'a record as in chillers_electric_eir.json',
)
const reformulatedRecord = record(
  {
    ...ratings,
    TConLvgMin: kelvin('lowest condenser leaving'),
    TConLvgMax: kelvin('highest condenser leaving'),
    EIRFunPLR: coefficients(10, 'part load and condenser leaving'),
  },
  'a record as in chillers_reformulated_eir.json',
)
const partLoadRatio = number('load ÷ capacity available at these temperatures', { minimum: 0, maximum: 2 })

export const machineEquations: Readonly<Record<string, Equation>> = {
  chillerElectricEir: equation(
    'electric chiller by condenser ENTERING temperature; inputs held inside the record, clamped tells',
    takes({
      chiller: eirRecord,
      evaporatorLeavingC: temperature('chilled water leaving'),
      condenserEnteringC: temperature('condenser water entering'),
      partLoadRatio,
    }),
    ({ chiller, ...at }) => {
      const { cop, powerW, clamped } = electricEirChiller(chiller, at)
      return { cop, powerW, clamped }
    },
  ),
  chillerReformulatedEir: equation(
    'electric chiller by condenser LEAVING temperature; inputs held inside the record, clamped tells',
    takes({
      chiller: reformulatedRecord,
      evaporatorLeavingC: temperature('chilled water leaving'),
      condenserLeavingC: temperature('condenser water leaving'),
      partLoadRatio,
    }),
    ({ chiller, ...at }) => {
      const { cop, powerW, clamped } = reformulatedEirChiller(chiller, at)
      return { cop, powerW, clamped }
    },
  ),
  pump: equation(
    'head and power of a pump or fan at a speed, by affinity from its curve at full speed',
    takes({
      curve: record(
        {
          flow: numbers('flows at full speed, rising', 2),
          head: numbers('heads, any unit', 2),
          power: numbers('electrical power, W', 2),
        },
        'the maker’s curve',
      ),
      speedRatio: Type.Optional(number('speed ÷ full speed', { minimum: 0, maximum: 2 })),
      head: Type.Optional(number('head to meet, in the curve’s unit: answers the speed', { minimum: 0 })),
      flow: number('flow, in the curve’s unit', { minimum: 0 }),
    }),
    (asked, fn) => {
      exactlyOne(asked, fn, ['speedRatio', 'head'])
      const { curve, flow, speedRatio, head } = asked
      risingTogether(fn, 'curve', { flow: curve.flow, head: curve.head, power: curve.power })
      const speed = speedRatio ?? pumpSpeedRatio(curve, { head: head as number, flow })
      const state = pumpAt(curve, { speedRatio: speed, flow })
      return {
        head: state.head,
        powerW: state.power,
        ...(speedRatio === undefined ? { speedRatio: speed } : {}),
      }
    },
  ),
  systemCurve: equation(
    'pressure of a system: static + dynamic × (flow fraction)^exponent',
    takes({
      staticKpa: number('static, kPa', { minimum: 0 }),
      dynamicKpa: number('at design flow, kPa', { minimum: 0 }),
      exponent: number('exponent', { minimum: 1, maximum: 2 }),
      flowFraction: number('flow ÷ design', { minimum: 0, maximum: 10 }),
    }),
    ({ flowFraction, ...curve }) => ({ pressureKpa: systemCurveKpa(curve, flowFraction) }),
  ),
  fanPower: equation(
    'fan power ÷ rated at a speed: cube and the drive’s fixed loss',
    takes({ speedRatio: fraction('speed ÷ full speed') }),
    ({ speedRatio }) => ({ powerFraction: fanPowerFraction(speedRatio) }),
  ),
  motorAndDrive: equation(
    'efficiency of motor and frequency drive at part load',
    takes({
      loadFraction: number('shaft power ÷ rated', { minimum: 0, maximum: 1.5 }),
      motorRatedEfficiency: number('of the motor', { minimum: 0.3, maximum: 1 }),
      driveRatedEfficiency: number('of the drive', { minimum: 0.3, maximum: 1 }),
    }),
    asked => {
      const motor = motorEfficiency(asked.loadFraction, asked.motorRatedEfficiency)
      const drive = driveEfficiency(asked.loadFraction, asked.driveRatedEfficiency)
      return { motorEfficiency: motor, driveEfficiency: drive, efficiency: motor * drive }
    },
  ),
  crah: equation(
    'fan power of a CRAH and warming of its air',
    takes({
      designHeatW: positive('air heat at design, W'),
      airFraction: number('air ÷ design air', { minimum: 0, maximum: 2 }),
      heatW: Type.Optional(number('heat now, W', { minimum: 0 })),
      airFlowKgPerS: Type.Optional(positive('air now, kg/s')),
    }),
    ({ designHeatW, airFraction, heatW, airFlowKgPerS }, fn) => {
      if ((heatW === undefined) !== (airFlowKgPerS === undefined))
        throw refused(`${fn}: heatW and airFlowKgPerS belong together; allowed are both or none`)
      const fanPowerW = 1000 * crahFanKw({ designHeatKw: designHeatW / 1000, airFraction })
      return heatW === undefined || airFlowKgPerS === undefined
        ? { fanPowerW }
        : { fanPowerW, warmingK: airWarmingK({ heatKw: heatW / 1000, airKgPerS: airFlowKgPerS }) }
    },
  ),
  electricalLoss: equation(
    'loss of a UPS, PDU or transformer: rating × (constant + linear x + square x²), x = output ÷ rating',
    takes({
      curve: record(
        {
          constant: fraction('constant share'),
          linear: Type.Optional(fraction('linear share')),
          square: fraction('square share'),
        },
        'loss shares of rating',
      ),
      outputW: number('output, W', { minimum: 0 }),
      ratingW: positive('rating, W'),
    }),
    ({ curve, outputW, ratingW }) => {
      const lossW = 1000 * lossKw(curve, { outputKw: outputW / 1000, ratingKw: ratingW / 1000 })
      return { lossW, inputW: outputW + lossW, efficiency: outputW / (outputW + lossW || 1) }
    },
  ),
}

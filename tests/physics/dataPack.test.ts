import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type EirChiller,
  electricEirChiller,
  type ReformulatedChiller,
  reformulatedEirChiller,
} from '#models/physics/chillers.ts'
import { valueOnCurve } from '#models/physics/curves.ts'
import { counterFlowHeatPerK, ntuOf } from '#models/physics/exchangers.ts'
import { saturationPressurePa } from '#models/physics/psychrometrics.ts'
import { pumpAt, pumpSpeedRatio } from '#models/physics/pumpCurves.ts'
import { yorkCalcBounds } from '#models/physics/yorkCalc.ts'

const pack = '../shared/data'
const read = <T>(name: string): T => JSON.parse(readFileSync(`${pack}/${name}`, 'utf8')) as T
type Reference = { series: Record<string, number[]> }
const series = (name: string): Record<string, number[]> => read<Reference>(`reference/${name}.json`).series

const dymola = 'Fluid_HeatExchangers_CoolingTowers_BaseClasses_Characteristics_Validation_NormalizedPower'

describe.skipIf(!existsSync(`${pack}/reference/${dymola}.json`))(
  'reference results (needs ../shared/data)',
  () => {
    test('fan curve: the library’s default curve is met at every hundredth of speed', () => {
      const points = { x: [0, 0.1, 0.3, 0.6, 1], y: [0, 0.1 ** 3, 0.3 ** 3, 0.6 ** 3, 1] }
      series(dymola).r_P!.forEach((power, i) => {
        expect(Math.abs(valueOnCurve(points, i / 100) - power), `speed ${i / 100}`).toBeLessThan(1e-6)
      })
    })
    test('saturation pressure from 190 to 373.15 K within 0.1 % of liquid and 1 % of ice', () => {
      series('Utilities_Psychrometrics_Examples_SaturationPressure')['pSat.pSat']!.forEach((published, i) => {
        const kelvin = 190 + (183.15 * i) / 100
        const ratio = saturationPressurePa(kelvin - 273.15) / published
        expect(Math.abs(ratio - 1), `${kelvin} K: ${ratio}`).toBeLessThan(0.012)
      })
    })
    test('an exchanger of constant effectiveness 0.8: heat and both leaving temperatures', () => {
      const hex = series('Fluid_HeatExchangers_Validation_ConstantEffectiveness')
      const last = hex['T_a1.T']!.length - 1
      const value = (name: string) => hex[name]![last]!
      // Capacity flows from their own energy balance.
      const hotKwPerK = -value('hex.Q1_flow') / 1000 / (value('T_a1.T') - value('T_b1.T'))
      const coldKwPerK = value('hex.Q2_flow') / 1000 / (value('T_b2.T') - value('T_a2.T'))
      const ratio = Math.min(hotKwPerK, coldKwPerK) / Math.max(hotKwPerK, coldKwPerK)
      const uaKwPerK = ntuOf('counter', { effectiveness: 0.8, ratio }) * Math.min(hotKwPerK, coldKwPerK)
      const heatKw =
        counterFlowHeatPerK({ uaKwPerK, hotKwPerK, coldKwPerK }) * (value('T_a1.T') - value('T_a2.T'))
      expect(heatKw / (value('hex.Q2_flow') / 1000)).toBeCloseTo(1, 3)
      expect(value('T_a1.T') - heatKw / hotKwPerK).toBeCloseTo(value('T_b1.T'), 1)
      expect(value('T_a2.T') + heatKw / coldKwPerK).toBeCloseTo(value('T_b2.T'), 1)
    })
  },
)

type Nominal = { name: string; TEvaLvg_nominal: number; TConEnt_nominal: number; TConLvg_nominal: number }

describe.skipIf(!existsSync(`${pack}/equipment/chillers_electric_eir.json`))(
  'every chiller of the data pack',
  () => {
    const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!
    test('electric EIR: nominal COP within the record’s own accuracy (1 % in the median, 20 % at worst), never clamped there', () => {
      const { chillers } = read<{ chillers: (EirChiller & Nominal)[] }>(
        'equipment/chillers_electric_eir.json',
      )
      expect(chillers.length).toBe(159)
      const errors = chillers.map(record => {
        const answer = electricEirChiller(record, {
          evaporatorLeavingC: record.TEvaLvg_nominal - 273.15,
          condenserEnteringC: record.TConEnt_nominal - 273.15,
          partLoadRatio: 1,
        })
        expect(answer.clamped, record.name).toBe(false)
        return Math.abs(answer.cop / record.COP_nominal - 1)
      })
      expect(median(errors)).toBeLessThan(0.01)
      expect(Math.max(...errors)).toBeLessThan(0.2)
    })
    test('electric EIR: never a nonsense number, from desert to frost and from idle to overload; outside it is clamped', () => {
      const { chillers } = read<{ chillers: (EirChiller & Nominal)[] }>(
        'equipment/chillers_electric_eir.json',
      )
      for (const record of chillers)
        for (const evaporatorLeavingC of [-10, 5, 9, 20, 35])
          for (const condenserEnteringC of [-5, 15, 22, 30, 60])
            for (const partLoadRatio of [0, 0.02, 0.3, 1, 2]) {
              const answer = electricEirChiller(record, {
                evaporatorLeavingC,
                condenserEnteringC,
                partLoadRatio,
              })
              expect(Number.isFinite(answer.cop) && answer.cop >= 0, record.name).toBe(true)
              expect(Number.isFinite(answer.powerW) && answer.powerW >= 0, record.name).toBe(true)
              if (evaporatorLeavingC === -10 || condenserEnteringC === 60 || partLoadRatio === 2)
                expect(answer.clamped, record.name).toBe(true)
            }
    })
    test('reformulated EIR: nominal COP likewise', () => {
      const { chillers } = read<{ chillers: (ReformulatedChiller & Nominal)[] }>(
        'equipment/chillers_reformulated_eir.json',
      )
      expect(chillers.length).toBe(157)
      const errors = chillers.map(record => {
        const answer = reformulatedEirChiller(record, {
          evaporatorLeavingC: record.TEvaLvg_nominal - 273.15,
          condenserLeavingC: record.TConLvg_nominal - 273.15,
          partLoadRatio: 1,
        })
        return Math.abs(answer.cop / record.COP_nominal - 1)
      })
      expect(median(errors)).toBeLessThan(0.01)
      expect(Math.max(...errors)).toBeLessThan(0.2)
    })
  },
)

type Wilo = {
  name: string
  power: { V_flow: number[]; P: number[] }
  pressure: { V_flow: number[]; dp: number[] }
}

describe.skipIf(!existsSync(`${pack}/equipment/pumps_wilo.json`))('pumps and towers of the data pack', () => {
  test('every pump meets its own points at full speed and their affinity at 70 %', () => {
    const { pumps } = read<{ pumps: Wilo[] }>('equipment/pumps_wilo.json')
    const whole = pumps.filter(({ power, pressure }) => String(power.V_flow) === String(pressure.V_flow))
    expect(whole.length).toBeGreaterThan(5)
    for (const { name, power, pressure } of whole) {
      const curve = { flow: pressure.V_flow, head: pressure.dp, power: power.P }
      pressure.V_flow.forEach((flow, i) => {
        const full = pumpAt(curve, { speedRatio: 1, flow })
        expect(full.head / pressure.dp[i]!, name).toBeCloseTo(1, 9)
        const slower = pumpAt(curve, { speedRatio: 0.7, flow: 0.7 * flow })
        expect(slower.head / full.head, name).toBeCloseTo(0.49, 9)
        expect(slower.power / full.power, name).toBeCloseTo(0.343, 9)
      })
      const middle = pressure.V_flow[Math.floor(pressure.V_flow.length / 2)]!
      const wanted = pumpAt(curve, { speedRatio: 0.8, flow: middle })
      expect(pumpSpeedRatio(curve, { head: wanted.head, flow: middle }), name).toBeCloseTo(0.8, 3)
    }
  })
  test('the York bounds are the pack’s', () => {
    const { yorkcalc } = read<{ yorkcalc: { bounds: Record<string, string> } }>(
      'equipment/cooling_towers.json',
    )
    const { bounds } = yorkcalc
    expect(yorkCalcBounds.rangeK).toEqual({ from: Number(bounds.TRan_min), to: Number(bounds.TRan_max) })
    expect(yorkCalcBounds.waterFlowFraction).toEqual({
      from: Number(bounds.FRWat_min),
      to: Number(bounds.FRWat_max),
    })
    expect(yorkCalcBounds.waterToAir.to).toBe(Number(bounds.liqGasRat_max))
  })
})

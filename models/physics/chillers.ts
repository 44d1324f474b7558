import { polynomial } from '#models/physics/curves.ts'

/**
 * Electric chillers by the DOE-2 / EnergyPlus models Chiller:Electric:EIR and :ReformulatedEIR, in the form of the data pack's
 * records (Modelica Buildings): capacity and energy input ratio as biquadratic curves of the leaving chilled water and of the
 * condenser water, and a curve of part load. Valid inside the record's own temperatures only: inputs are held there, because
 * outside these curves turn negative.
 */
export type ChillerRecord = {
  /** Negative: heat taken from the water, W. */
  readonly QEva_flow_nominal: number
  readonly COP_nominal: number
  readonly PLRMin: number
  readonly PLRMinUnl: number
  readonly PLRMax: number
  /** Temperatures of records in K. */
  readonly TEvaLvgMin: number
  readonly TEvaLvgMax: number
  readonly capFunT: readonly number[]
  readonly EIRFunT: readonly number[]
  readonly EIRFunPLR: readonly number[]
}

/** Condenser water by its entering temperature. */
export type EirChiller = ChillerRecord & { readonly TConEntMin: number; readonly TConEntMax: number }
/** Condenser water by its leaving temperature. */
export type ReformulatedChiller = ChillerRecord & {
  readonly TConLvgMin: number
  readonly TConLvgMax: number
}

export type ChillerAnswer = {
  readonly cop: number
  readonly powerW: number
  readonly coolingW: number
  /** What the chiller could cool at these temperatures. */
  readonly availableW: number
  /** An input lay outside the record and was held at its border. */
  readonly clamped: boolean
}

/**
 * Power and COP at a part-load ratio = load ÷ capacity available at these temperatures. Carrier 19XR 1407 kW at 6.67 °C leaving,
 * 29.44 °C condenser entering and full load: COP 5.96 by its curves, 6.04 by its plate. Below PLRMinUnl the compressor keeps its power (hot-gas
 * bypass), below PLRMin it cycles; above PLRMax it gives no more.
 */
export function electricEirChiller(
  record: EirChiller,
  at: { evaporatorLeavingC: number; condenserEnteringC: number; partLoadRatio: number },
): ChillerAnswer {
  const evaporator = held(at.evaporatorLeavingC, record.TEvaLvgMin - 273.15, record.TEvaLvgMax - 273.15)
  const condenser = held(at.condenserEnteringC, record.TConEntMin - 273.15, record.TConEntMax - 273.15)
  return answered(record, { evaporator, condenser, partLoadRatio: at.partLoadRatio }, part =>
    polynomial(record.EIRFunPLR, part),
  )
}

/**
 * The reformulated model: condenser LEAVING temperature, and part load as a bicubic of that temperature and the ratio (ten
 * coefficients: 1, t, t², p, p², tp, t³, p³, t²p, tp²). McQuay WSC 471 kW at 8.89 °C leaving, 33.52 °C condenser leaving and full
 * load: COP 5.87.
 */
export function reformulatedEirChiller(
  record: ReformulatedChiller,
  at: { evaporatorLeavingC: number; condenserLeavingC: number; partLoadRatio: number },
): ChillerAnswer {
  const evaporator = held(at.evaporatorLeavingC, record.TEvaLvgMin - 273.15, record.TEvaLvgMax - 273.15)
  const condenser = held(at.condenserLeavingC, record.TConLvgMin - 273.15, record.TConLvgMax - 273.15)
  const t = condenser.value
  const c = record.EIRFunPLR
  return answered(
    record,
    { evaporator, condenser, partLoadRatio: at.partLoadRatio },
    p =>
      c[0]! +
      c[1]! * t +
      c[2]! * t ** 2 +
      c[3]! * p +
      c[4]! * p ** 2 +
      c[5]! * t * p +
      c[6]! * t ** 3 +
      c[7]! * p ** 3 +
      c[8]! * t ** 2 * p +
      c[9]! * t * p ** 2,
  )
}

type Held = { readonly value: number; readonly clamped: boolean }

function answered(
  record: ChillerRecord,
  at: { evaporator: Held; condenser: Held; partLoadRatio: number },
  partLoadCurve: (partLoadRatio: number) => number,
): ChillerAnswer {
  const { evaporator, condenser } = at
  const part = held(at.partLoadRatio, 0, record.PLRMax)
  const availableW =
    -record.QEva_flow_nominal * Math.max(0, biquadratic(record.capFunT, evaporator.value, condenser.value))
  const temperatureFactor = Math.max(0, biquadratic(record.EIRFunT, evaporator.value, condenser.value))
  const partLoadFactor = Math.max(0, partLoadCurve(Math.max(part.value, record.PLRMinUnl)))
  const cycling = record.PLRMin > 0 ? Math.min(1, part.value / record.PLRMin) : Math.min(1, part.value * 1e6)
  const powerW = (availableW / record.COP_nominal) * temperatureFactor * partLoadFactor * cycling
  const coolingW = part.value * availableW
  return {
    cop: powerW > 0 ? coolingW / powerW : 0,
    powerW,
    coolingW,
    availableW,
    clamped: evaporator.clamped || condenser.clamped || part.clamped,
  }
}

/** c0 + c1 x + c2 x² + c3 y + c4 y² + c5 xy. */
const biquadratic = (c: readonly number[], x: number, y: number): number =>
  c[0]! + c[1]! * x + c[2]! * x * x + c[3]! * y + c[4]! * y * y + c[5]! * x * y

/** 0.01: records state their borders in rounded kelvin, and a border asked for in °C must not count as outside. */
const held = (value: number, from: number, to: number): Held => ({
  value: Math.min(to, Math.max(from, value)),
  clamped: value < from - 0.01 || value > to + 0.01,
})

import { isEconomising } from '#contract/control/bounds.ts'
import { steeredOf } from '#models/planning/limits.ts'
import { type Decision, type Move, withValue } from '#models/planning/planHour.ts'

/**
 * Under weather or load unlike any that the model has seen nothing goes toward less cooling: those setpoints keep what they
 * hold, and moves toward more cooling stay. Pure.
 */
export function restrained(decision: Decision): Decision {
  const moves = decision.moves.map(move => (goesTowardLess(move) ? kept(move) : move))
  if (moves.every((move, index) => move === decision.moves[index])) return decision
  const isMove = moves.some(move => move.value !== move.before)
  return {
    ...decision,
    action: isMove ? 'move' : 'hold',
    moves,
    settings: moves.reduce(
      (settings, { name, cdu, value }) => withValue(settings, { name, cdu, value }),
      decision.settings,
    ),
    reason: `Load or weather of the last hour are unlike anything the model has seen: nothing goes toward less cooling. ${decision.reason}`,
  }
}

const goesTowardLess = ({ name, before, value }: Move): boolean =>
  isEconomising(steeredOf[name], { from: before, to: value })

const kept = (move: Move): Move => ({
  ...move,
  value: move.before,
  why: `kept: load or weather are outside what the model has seen (it wished ${move.value})`,
})

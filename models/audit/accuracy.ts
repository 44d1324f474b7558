/** Errors of a model against a meter, as an auditor asks for them: per cent of the measured mean. */
export type Accuracy = {
  readonly rows: number
  /** Root mean square error over the mean, %. */
  readonly cvRmse: number
  /** Mean of model less meter over the mean, %: positive where the model says too much. */
  readonly nmbe: number
  /** Mean of |error| / measured over the rows above a twentieth of the mean, %. */
  readonly mape: number
}

export function accuracyOf(
  measured: ArrayLike<number>,
  expected: ArrayLike<number>,
  rows: readonly number[],
): Accuracy {
  let [sum, squares, bias, shares, counted] = [0, 0, 0, 0, 0]
  for (const row of rows) sum += measured[row]!
  const mean = sum / rows.length
  for (const row of rows) {
    const error = expected[row]! - measured[row]!
    squares += error ** 2
    bias += error
    if (measured[row]! <= 0.05 * mean) continue
    shares += Math.abs(error) / measured[row]!
    counted++
  }
  return {
    rows: rows.length,
    cvRmse: (100 * Math.sqrt(squares / rows.length)) / mean,
    nmbe: (100 * bias) / rows.length / mean,
    mape: (100 * shares) / counted,
  }
}

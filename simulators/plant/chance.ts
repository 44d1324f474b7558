/**
 * Chance by name: a draw depends on the seed and on what it is for, never on the order of draws. So a new sensor or a
 * second rack leaves every other draw of the same seed as it was.
 */

/** FNV-1a over the label, stirred with the seed. */
export function hashOf(seed: number, label: string): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed | 0, 0x9e3779b1)
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
  return stirred(hash)
}

/** A finalizer with full avalanche (constants of MurmurHash3). */
export function stirred(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Uniform 0..1 from a hash and a counter: the noise of step 7 is the same whatever was asked before. */
export const uniformAt = (hash: number, counter: number): number =>
  stirred(hash ^ Math.imul(counter | 0, 0x9e3779b1) ^ Math.imul((counter / 4_294_967_296) | 0, 0x85ebca77)) /
  4_294_967_296

/** Uniform between two values for a seed and a purpose. */
export const drawBetween = (seed: number, label: string, lowest: number, highest: number): number =>
  lowest + (highest - lowest) * (hashOf(seed, label) / 4_294_967_296)

/** Standard normal from two hashes (Box-Muller), cut at ±3. */
export function normalAt(hash: number, counter: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(hash, counter * 2)))
  return Math.max(-3, Math.min(3, radius * Math.cos(2 * Math.PI * uniformAt(hash, counter * 2 + 1))))
}

/**
 * Gaussian noise that is continuous in time: knots every `periodMs`, joined so that the variance stays 1 between them.
 * Correlation falls to nothing over one period.
 */
export function smoothNormalAt(hash: number, at: number, periodMs: number): number {
  const place = at / periodMs
  const knot = Math.floor(place)
  const share = place - knot
  const angle = (share * Math.PI) / 2
  return Math.cos(angle) * normalAt(hash, knot) + Math.sin(angle) * normalAt(hash, knot + 1)
}

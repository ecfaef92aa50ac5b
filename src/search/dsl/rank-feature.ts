/** Values of rank_feature fields, as precise as Lucene's FeatureField keeps them: 9 significant bits. */

const FLOAT = new Float32Array(1)
const BITS = new Int32Array(FLOAT.buffer)
const DROPPED = 15

/** The greatest code, of the greatest float. */
const MOST = 0x7f7fffff >>> DROPPED

function encode(feature: number): number {
  FLOAT[0] = feature
  return BITS[0]! >>> DROPPED
}

function decode(code: number): number {
  BITS[0] = Math.min(Math.trunc(code), MOST) << DROPPED
  return FLOAT[0]!
}

export function roundFeature(feature: number): number {
  return decode(encode(feature))
}

/** About the geometric mean: the value whose code is the mean of all codes. */
export function averageFeature(features: Iterable<number>): number {
  let [sum, count] = [0, 0]
  for (const feature of features) {
    sum += encode(feature)
    count++
  }
  return count === 0 ? 1 : decode(sum / count)
}

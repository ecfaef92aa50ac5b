/** Arrays of numbers as bytes: the smallest width that holds them, their bytes in planes so that LZ4 finds what repeats. */

export type NumberArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array

/**
 * How numbers were written: `(value - base) / step` as unsigned integers of `width` bytes (0: all are `base`), each
 * as the difference to the one before where `delta`; or as floats of 4 or 8 bytes.
 */
export interface NumberForm {
  readonly width: 0 | 1 | 2 | 4 | 8
  readonly float?: true
  readonly delta?: true
  readonly base: number
  readonly step: number
}

export function encodeNumbers(values: Float64Array): { form: NumberForm; bytes: Uint8Array } {
  const { length } = values
  let [min, max] = [Infinity, -Infinity]
  let integral = true
  let single = true
  for (let i = 0; i < length; i++) {
    const value = values[i]!
    if (value < min) min = value
    if (value > max) max = value
    if (!Number.isSafeInteger(value)) integral = false
    if (single && Math.fround(value) !== value) single = false
  }
  if (length === 0 || min === max)
    return { form: { width: 0, base: length === 0 ? 0 : min, step: 1 }, bytes: new Uint8Array(0) }
  if (!integral || max - min > Number.MAX_SAFE_INTEGER) {
    const floats = single ? Float32Array.from(values) : values
    const width = single ? 4 : 8
    return { form: { width, float: true, base: 0, step: 1 }, bytes: planes(floats, width) }
  }
  let step = 0
  let rising = true
  for (let i = 0; i < length && step !== 1; i++) step = divisor(step, values[i]! - min)
  for (let i = 1; i < length && rising; i++) rising = values[i]! >= values[i - 1]!
  let widest = (max - min) / step
  if (rising) {
    widest = 0
    for (let i = 1; i < length; i++) widest = Math.max(widest, (values[i]! - values[i - 1]!) / step)
  }
  if (widest > 0xffff_ffff) return { form: { width: 8, float: true, base: 0, step: 1 }, bytes: planes(values, 8) }
  const width = widest <= 0xff ? 1 : widest <= 0xffff ? 2 : 4
  const small = width === 1 ? new Uint8Array(length) : width === 2 ? new Uint16Array(length) : new Uint32Array(length)
  let previous = min
  for (let i = 0; i < length; i++) {
    const value = values[i]!
    small[i] = (value - (rising ? previous : min)) / step
    previous = value
  }
  const form: NumberForm = rising ? { width, delta: true, base: min, step } : { width, base: min, step }
  return { form, bytes: planes(small, width) }
}

function divisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}

/** @returns the smallest array that holds numbers from `min` to `max`. */
export function decodeNumbers(
  bytes: Uint8Array,
  form: NumberForm,
  length: number,
  min: number,
  max: number,
): NumberArray {
  const { width, base, step } = form
  if (form.float === true)
    return width === 4 ? unplaned(bytes, new Float32Array(length), 4) : unplaned(bytes, new Float64Array(length), 8)
  const values = arrayFor(min, max, length)
  if (width === 0) return values.fill(base)
  const small =
    width === 1
      ? bytes
      : width === 2
        ? unplaned(bytes, new Uint16Array(length), 2)
        : unplaned(bytes, new Uint32Array(length), 4)
  if (form.delta === true) {
    let value = base
    for (let i = 0; i < length; i++) values[i] = value += small[i]! * step
  } else if (step === 1 && base === 0) values.set(small)
  else for (let i = 0; i < length; i++) values[i] = base + small[i]! * step
  return values
}

function arrayFor(min: number, max: number, length: number): NumberArray {
  if (!Number.isInteger(min) || !Number.isInteger(max)) return new Float64Array(length)
  if (min >= 0) {
    if (max <= 0xff) return new Uint8Array(length)
    if (max <= 0xffff) return new Uint16Array(length)
    return max <= 0xffff_ffff ? new Uint32Array(length) : new Float64Array(length)
  }
  if (min >= -0x80 && max <= 0x7f) return new Int8Array(length)
  if (min >= -0x8000 && max <= 0x7fff) return new Int16Array(length)
  return min >= -0x8000_0000 && max <= 0x7fff_ffff ? new Int32Array(length) : new Float64Array(length)
}

/** The smallest array for ordinals and counts from 0 to `max`. */
export function smallest(values: Uint32Array, max: number): Uint8Array | Uint16Array | Uint32Array {
  return max <= 0xff ? Uint8Array.from(values) : max <= 0xffff ? Uint16Array.from(values) : values
}

/** All lowest bytes, then all second bytes, and so on. */
export function planes(values: ArrayBufferView & { length: number }, width: number): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (width === 1) return bytes
  const { length } = values
  const result = new Uint8Array(bytes.length)
  for (let p = 0, at = 0; p < width; p++) for (let i = p; at < (p + 1) * length; i += width) result[at++] = bytes[i]!
  return result
}

export function unplaned<T extends ArrayBufferView & { length: number }>(bytes: Uint8Array, into: T, width: number): T {
  const result = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
  if (width === 1) {
    result.set(bytes)
    return into
  }
  const { length } = into
  for (let p = 0, at = 0; p < width; p++) for (let i = p; at < (p + 1) * length; i += width) result[i] = bytes[at++]!
  return into
}

/** Integer.parseInt and its like: undefined where the text is no integer of that many bits (without the sign). */
export function parseInteger(text: string, radix: number, bits: number): bigint | undefined {
  const match = /^([+-]?)([0-9a-zA-Z]+)$/.exec(text)
  if (match === null || match[2]!.length > 80) return undefined
  let value = 0n
  for (const char of match[2]!) {
    const digit = Number.parseInt(char, 36)
    if (Number.isNaN(digit) || digit >= radix) return undefined
    value = value * BigInt(radix) + BigInt(digit)
  }
  if (match[1] === '-') value = -value
  const limit = 1n << BigInt(bits)
  return value < -limit || value >= limit ? undefined : value
}

/** Double.parseDouble: undefined where the text is no double. */
export function parseDouble(text: string): number | undefined {
  const trimmed = text.trim()
  if (/^[+-]?NaN$/.test(trimmed)) return Number.NaN
  if (/^[+-]?Infinity$/.test(trimmed)) return trimmed.startsWith('-') ? -Infinity : Infinity
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/.test(trimmed)) return undefined
  return Number(trimmed.replace(/[dDfF]$/, ''))
}

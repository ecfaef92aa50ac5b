/**
 * The number model shared by events, scripts and answers, after Java's:
 *
 * - an integral JS `number` is a `long` (or a narrower integer type),
 * - a fractional JS `number` is a `double`,
 * - {@link Double} is a `double` whose value happens to be integral, such as `5.0`,
 * - a `bigint` is a `long` beyond 2^53, where a JS number would lose digits.
 */
export class Double {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }

  valueOf(): number {
    return this.value
  }

  /** As Java prints it: always with a fraction. */
  toString(): string {
    return formatDouble(this.value)
  }
}

/** A double in the number model: wrapped only where a bare JS number would read as a long. */
export function double(value: number): number | Double {
  return Number.isInteger(value) ? new Double(value) : value
}

/** The double that is written with the fewest digits that are read as this float, which is how Java shows a float. */
export function shortestFloat(float: number): number {
  if (!Number.isFinite(float) || float === 0) return float
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(float.toPrecision(digits))
    if (Math.fround(candidate) === float) return candidate
  }
  return Number(float.toPrecision(9))
}

/** `Double.toString` of Java (JLS, Double.toString; exponents from 10^7 and below 10^-3). */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const magnitude = Math.abs(value)
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(value)
    return text.includes('.') ? text : `${text}.0`
  }
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string]
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent.replace('+', '')}`
}

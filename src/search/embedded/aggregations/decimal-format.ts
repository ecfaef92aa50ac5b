/** A number by a pattern of Java's DecimalFormat: `0.00`, `#,##0.#`, `$0.0`, `Value is ##0.0`; `raw` is as it is. */
export function decimalFormat(pattern: string, value: number): string {
  const match = /^((?:[^#0.,%']|'[^']*')*)([#0,]*)(?:\.([#0]*))?((?:[^#0.,]|'[^']*')*)$/.exec(pattern)
  if (match === null || pattern === 'raw') return Number.isInteger(value) ? value.toFixed(1) : String(value)
  const [, prefix = '', whole = '', fraction = '', suffix = ''] = match
  const percent = suffix.includes('%') || prefix.includes('%')
  const number = Math.abs(percent ? value * 100 : value)
  const least = fraction.replaceAll('#', '').length
  let text = roundHalfEven(number, fraction.length)
  if (fraction.length > least) {
    let end = text.length
    while (end > text.length - (fraction.length - least) && text[end - 1] === '0') end--
    text = text.slice(0, end).replace(/\.$/, '')
  }
  let [integer = '', rest] = text.split('.') as [string, string?]
  integer = integer.padStart(whole.replaceAll(/[#,]/g, '').length, '0')
  if (whole.includes(',')) {
    const size = whole.length - whole.lastIndexOf(',') - 1
    if (size > 0) integer = integer.replace(new RegExp(`\\B(?=(\\d{${size}})+(?!\\d))`, 'g'), ',')
  }
  if (integer === '0' && !/0/.test(whole) && rest !== undefined) integer = ''
  const unquoted = (part: string): string => part.replaceAll("'", '')
  return `${value < 0 ? '-' : ''}${unquoted(prefix)}${integer}${rest === undefined ? '' : `.${rest}`}${unquoted(suffix)}`
}

function roundHalfEven(value: number, digits: number): string {
  const scaled = value * 10 ** digits
  const floor = Math.floor(scaled)
  if (scaled - floor === 0.5 && floor % 2 === 0) return (floor / 10 ** digits).toFixed(digits)
  return value.toFixed(digits)
}

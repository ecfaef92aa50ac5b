/** A pill is a KQL fragment; the address keeps them a line each: `#` before one that is switched off. */
export interface Pill {
  readonly text: string
  readonly on: boolean
}

export function pillOf(field: string, value: string): string {
  return `${escapeField(field)}: "${value.replace(/["\\]/g, '\\$&')}"`
}

function escapeField(field: string): string {
  return field.replace(/[\\():<>"*\s]/g, '\\$&')
}

export function readPills(text: string | undefined): Pill[] {
  return (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (line.startsWith('#') ? { text: line.slice(1), on: false } : { text: line, on: true }))
}

export function writePills(pills: readonly Pill[]): string | undefined {
  const text = pills.map((pill) => (pill.on ? pill.text : `#${pill.text}`)).join('\n')
  return text === '' ? undefined : text
}

export function negated(pill: string): string {
  return pill.startsWith('not ') ? pill.slice(4) : `not ${pill}`
}

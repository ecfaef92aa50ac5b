/**
 * A pill is a KQL fragment; the address keeps them a line each: `#` before one that is switched off, `!` before one that is
 * pinned.
 */
export interface Pill {
  readonly text: string
  readonly on: boolean
  /** Kept where other pills are not, such as for another search. */
  readonly pinned: boolean
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
    .map((line) => {
      const [, marks = '', pill = ''] = /^([#!]*)(.*)$/s.exec(line) ?? []
      return { text: pill, on: !marks.includes('#'), pinned: marks.includes('!') }
    })
}

export function writePills(pills: readonly Pill[]): string | undefined {
  const text = pills.map(({ text: pill, on, pinned }) => `${on ? '' : '#'}${pinned ? '!' : ''}${pill}`).join('\n')
  return text === '' ? undefined : text
}

/** The pinned ones of the address alone. */
export function pinnedOf(text: string | undefined): string | undefined {
  return writePills(readPills(text).filter(({ pinned }) => pinned))
}

export function negated(pill: string): string {
  return pill.startsWith('not ') ? pill.slice(4) : `not ${pill}`
}

import { pino } from 'pino'
import picocolors from 'picocolors'
import type { Logger } from '../diagnostic/index.ts'
import { printable } from './printable.ts'

type Level = 'error' | 'warn' | 'info' | 'debug'

const pc = picocolors.createColors(hasColors(process.env, process.stderr.isTTY))
const RANK: Readonly<Record<Level, number>> = { error: 0, warn: 1, info: 2, debug: 3 }
const MARK: Readonly<Record<Level, string>> = {
  error: pc.red('error'),
  warn: pc.yellow('warning'),
  info: pc.dim('info'),
  debug: pc.dim('debug'),
}

/** Whether standard error shows colours: NO_COLOR and FORCE_COLOR decide, else whether it is a terminal that can. */
export function hasColors(environment: Readonly<Record<string, string | undefined>>, terminal: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return terminal && TERM !== 'dumb'
}

/** The log on standard error: lines for people, or JSON for collectors. */
export function createLogger(level: Level, format: 'plain' | 'json'): Logger {
  if (format === 'json') return pino({ level, base: null }, process.stderr)
  return plainLogger(RANK[level], {})
}

function plainLogger(most: number, bindings: object): Logger {
  const write =
    (level: Level) =>
    (fields: object, message: string): void => {
      if (RANK[level] > most) return
      const where = Object.values({ ...bindings, ...fields })
        .filter((value) => typeof value === 'string')
        .join(' ')
      const place = where === '' ? '' : pc.dim(` (${printable(where)})`)
      process.stderr.write(`${MARK[level]}: ${printable(message)}${place}\n`)
    }
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: (more) => plainLogger(most, { ...bindings, ...more }),
  }
}

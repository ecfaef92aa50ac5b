import { pino } from 'pino'
import pc from 'picocolors'
import type { Logger } from '../diagnostic/index.ts'

type Level = 'error' | 'warn' | 'info' | 'debug'

const RANK: Readonly<Record<Level, number>> = { error: 0, warn: 1, info: 2, debug: 3 }
const MARK: Readonly<Record<Level, string>> = {
  error: pc.red('error'),
  warn: pc.yellow('warning'),
  info: pc.dim('info'),
  debug: pc.dim('debug'),
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
      process.stderr.write(`${MARK[level]}: ${message}${where === '' ? '' : pc.dim(` (${where})`)}\n`)
    }
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: (more) => plainLogger(most, { ...bindings, ...more }),
  }
}

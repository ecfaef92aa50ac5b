import { compileJodaFormat } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { dateFormat, DEFAULT_FORMAT, resolveDate } from '../dsl/index.ts'
import { parseZone } from '../dsl/zone.ts'

const FORBIDDEN = /[\\/*?"<>| ,#]/

/** @throws invalid_index_name_exception by Elasticsearch's rules for the names of indices and aliases. */
export function checkIndexName(index: string): void {
  const refuse = (reason: string): never => {
    throw fail('index.name', { index, reason })
  }
  if (index === '') refuse('must not be empty')
  if (FORBIDDEN.test(index))
    refuse("must not contain the following characters ['\\','/','*','?','\"','<','>','|',' ',',','#']")
  if (index.includes(':')) refuse("must not contain ':'")
  if (/^[-_+]/.test(index)) refuse("must not start with '_', '-', or '+'")
  if (index === '.' || index === '..') refuse("must not be '.' or '..'")
  if (index !== index.toLowerCase()) refuse('must be lowercase')
  const bytes = Buffer.byteLength(index)
  if (bytes > 255) refuse(`index name is too long, (${bytes} > 255)`)
}

/**
 * A name with date math, `<logstash-{now/d}>` or `<logs-{now-1d/d{yyyy.MM.dd|+12:00}}>`, as the name of that day.
 * Other names are returned as they are.
 * @param now milliseconds since the epoch.
 * @throws parse_exception
 */
export function resolveDateMath(expression: string, now: number): string {
  if (!expression.startsWith('<') || !expression.endsWith('>')) return expression
  const text = expression.slice(1, -1)
  let name = ''
  for (let at = 0; at < text.length;) {
    const c = text[at]!
    if (c === '\\') {
      name += text[at + 1] ?? ''
      at += 2
    } else if (c === '{') {
      const end = closing(expression, text, at)
      name += formatted(expression, text.slice(at + 1, end), now)
      at = end + 1
    } else if (c === '}') {
      throw fail('index.date_math', { expression, reason: `invalid character at position [${at}]` })
    } else {
      name += c
      at++
    }
  }
  return name
}

function closing(expression: string, text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  throw fail('index.date_math', { expression, reason: 'date math placeholder is open ended' })
}

function formatted(expression: string, inner: string, now: number): string {
  const brace = inner.indexOf('{')
  const math = brace < 0 ? inner : inner.slice(0, brace)
  if (brace >= 0 && !inner.endsWith('}'))
    throw fail('index.date_math', { expression, reason: 'missing closing `}` for date math format' })
  const [pattern = '', zoneName] = brace < 0 ? ['uuuu.MM.dd'] : inner.slice(brace + 1, -1).split('|')
  if (pattern === '') throw fail('index.date_math', { expression, reason: 'missing date format' })
  if (!math.startsWith('now')) throw fail('index.date_math', { expression, reason: `'${math}' must begin with now` })
  const zone = parseZone(zoneName ?? 'UTC')
  const micros = resolveDate(math, { now, format: dateFormat(DEFAULT_FORMAT), zone })
  const offset = zone.offsetAt(Math.floor(micros / 1000)) * 1000
  try {
    return compileJodaFormat(pattern.replaceAll('u', 'y'))(micros + offset)
  } catch (error) {
    throw fail('index.date_math', { expression, reason: error instanceof Error ? error.message : String(error) })
  }
}

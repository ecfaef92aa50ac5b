/** Processors that change texts. */
import { Double, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { compileRubyRegex, withWatchdog } from '../../pipeline/grok/index.ts'
import { javaType } from '../document.ts'
import type { Config, ProcessorSpec, Run } from '../processor.ts'

/** How long a regular expression may take over one text, as `ingest.grok.watchdog.max_execution_time`. */
const LONGEST_MATCH = 1000

/** @throws illegal_argument_exception where it took too long */
export function bounded<T>(pattern: string, job: () => T): T {
  let result: T | undefined
  if (!withWatchdog(LONGEST_MATCH, () => (result = job())))
    throw fail('ingest.failed', {
      reason: `grok pattern matching was interrupted after [${LONGEST_MATCH}] ms: [${pattern.slice(0, 200)}]`,
    })
  return result as T
}

/** A processor that changes one text, or each of a list. */
function changing(
  name: string,
  summary: string,
  prepare: (config: Config) => (text: string, field: string) => Value,
): ProcessorSpec {
  return {
    name,
    summary,
    create(config): Run {
      const field = config.text('field')
      const target = config.text('target_field', field)
      const ignoreMissing = config.flag('ignore_missing', false)
      const change = prepare(config)
      return (document) => {
        const value = document.given(field, ignoreMissing, 'process it')
        if (value === undefined) return
        const one = (part: Value): Value => {
          if (typeof part === 'string') return change(part, field)
          throw fail('ingest.failed', {
            reason: `${Array.isArray(value) ? 'value' : 'field'} [${Array.isArray(value) ? String(part) : field}] of type [${javaType(part)}]${Array.isArray(value) ? ` in list field [${field}]` : ''} cannot be cast to [java.lang.String]`,
          })
        }
        document.set(target, Array.isArray(value) ? value.map(one) : one(value))
      }
    },
  }
}

const gsub = changing('gsub', 'Replaces what a regular expression matches.', (config) => {
  const pattern = config.text('pattern')
  const replacement = config.text('replacement')
  const regexp = regexOf(pattern)
  const parts = replacementParts(replacement)
  return (text) =>
    bounded(pattern, () =>
      text.replaceAll(regexp, (...match: unknown[]) =>
        parts.map((part) => (typeof part === 'string' ? part : String(match[part] ?? ''))).join(''),
      ),
    )
})

function regexOf(pattern: string): RegExp {
  return compileRubyRegex(pattern, 'g')
}

/** Java's replacement: `$1` is a group, a backslash takes the next letter as it is. */
function replacementParts(text: string): (string | number)[] {
  const parts: (string | number)[] = []
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!
    const group = c === '$' ? /^\d+/.exec(text.slice(at + 1))?.[0] : undefined
    if (group !== undefined) {
      parts.push(Number(group))
      at += group.length
    } else parts.push(c === '\\' ? (text[++at] ?? '') : c)
  }
  return parts
}

const UNITS: Readonly<Record<string, number>> = { b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 }

const bytes = changing('bytes', 'Reads a size with a unit, such as 1kb, as a number of bytes.', () => (text) => {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgtp]?)b?\s*$/i.exec(text)
  if (match === null || (match[2] === '' && !/b\s*$/i.test(text)))
    throw fail('ingest.failed', {
      reason: `failed to parse setting [Ingest Field] with value [${text}] as a size in bytes: unit is missing or unrecognized`,
    })
  return Math.floor(Number(match[1]) * 1024 ** UNITS[match[2]!.toLowerCase() || 'b']!)
})

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

const split: ProcessorSpec = {
  name: 'split',
  summary: 'Splits a text into a list at what a regular expression matches.',
  create(config) {
    const field = config.text('field')
    const target = config.text('target_field', field)
    const separator = config.text('separator')
    const ignoreMissing = config.flag('ignore_missing', false)
    const preserve = config.flag('preserve_trailing', false)
    const regexp = regexOf(separator)
    return (document) => {
      const value = document.text(field, ignoreMissing, 'split')
      if (value === undefined) return
      const parts = bounded(separator, () => pieces(value, regexp))
      // A text without a separator is one piece, also an empty one.
      if (!preserve && parts.length > 1) while (parts.at(-1) === '') parts.pop()
      document.set(target, parts)
    }
  },
}

/** As Java's split: groups are not part of it, and nothing before a match of no length at the beginning. */
function pieces(text: string, regexp: RegExp): string[] {
  const parts: string[] = []
  let from = 0
  for (const match of text.matchAll(regexp)) {
    if (match.index === 0 && match[0] === '') continue
    if (match[0] === '' && match.index >= text.length) break
    parts.push(text.slice(from, match.index))
    from = match.index + match[0].length
  }
  parts.push(text.slice(from))
  return parts
}

const join: ProcessorSpec = {
  name: 'join',
  summary: 'Joins a list into one text.',
  create(config) {
    const field = config.text('field')
    const separator = config.text('separator')
    const target = config.text('target_field', field)
    return (document) => {
      const value = document.get(field)
      if (!Array.isArray(value))
        throw fail('ingest.failed', {
          reason:
            value === null
              ? `field [${field}] is null, cannot join.`
              : `field [${field}] of type [${javaType(value)}] cannot be cast to [java.util.List]`,
        })
      document.set(
        target,
        value.map((part) => (part instanceof Double ? part.toString() : String(part))).join(separator),
      )
    }
  },
}

export const TEXTS: readonly ProcessorSpec[] = [
  changing('lowercase', 'Makes letters small.', () => (text) => text.toLowerCase()),
  changing('uppercase', 'Makes letters capital.', () => (text) => text.toUpperCase()),
  changing('trim', 'Takes white space away at both ends.', () => (text) => text.trim()),
  changing(
    'html_strip',
    'Takes HTML tags out.',
    () => (text) =>
      text
        .replaceAll(/<\/?(p|div|br|li|h\d|tr|table|ul|ol)\b[^<>]*>/gi, '\n')
        .replaceAll(/<[^<>]*>/g, '')
        .replaceAll(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole),
  ),
  changing('urldecode', 'Decodes percent signs and plus signs of URLs.', () => (text, field) => {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '))
    } catch {
      throw fail('ingest.failed', { reason: `Could not URL-decode value of field [${field}]` })
    }
  }),
  bytes,
  gsub,
  split,
  join,
]

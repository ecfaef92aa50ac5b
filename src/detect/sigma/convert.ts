import { fail } from '../../diagnostic/index.ts'
import type { Condition } from './condition.ts'
import { luceneRegex } from './lucene-regex.ts'
import { ANY, isPlaceholder, ONE, openEnd, openStart, plainText, type Pattern } from './pattern.ts'
import type { Detection, DetectionRule, Logsource } from './rule.ts'
import { otherNames } from './taxonomy.ts'
import type { Clause, SigmaValue, Term } from './value.ts'

/** A clause of the Query DSL. */
export type Query = Readonly<Record<string, unknown>>

export interface ConvertOptions {
  /** Which names of a field to ask for: the one that the rule has, or every one that the engine looks for. */
  readonly fields?: 'written' | 'all'
}

/**
 * A rule as a query over stored events, to run it over the past. The logsource is not asked for.
 * @throws DiagnosticError for what a query cannot say
 */
export function convertRule(rule: DetectionRule, options: ConvertOptions = {}): Query {
  const converter = new Converter(rule.logsource, options.fields ?? 'written')
  return every(rule.detections.map((detection) => converter.detection(detection)))
}

class Converter {
  private readonly logsource: Logsource
  private readonly fields: 'written' | 'all'

  constructor(logsource: Logsource, fields: 'written' | 'all') {
    this.logsource = logsource
    this.fields = fields
  }

  detection({ selections, conditions }: Detection): Query {
    const clauses = new Map(selections.map(({ name, clause }) => [name, this.clause(clause)]))
    const query = (condition: Condition): Query => {
      if (condition.kind === 'name') return clauses.get(condition.name)!
      if (condition.kind === 'not') return none(query(condition.of))
      return (condition.kind === 'and' ? every : either)(condition.of.map(query))
    }
    return either(conditions.map(query))
  }

  private clause(clause: Clause): Query {
    if (clause.kind === 'term') return this.term(clause)
    return (clause.kind === 'all' ? every : either)(clause.of.map((one) => this.clause(one)))
  }

  private term(term: Term): Query {
    const queries = term.values.map((value) => this.value(term, value))
    const query = term.all ? every(queries) : either(queries)
    return term.negated ? none(query) : query
  }

  private value(term: Term, value: SigmaValue): Query {
    if (value.kind === 'variants') return either(value.of.map((one) => this.value(term, one)))
    if (term.field === '') return keyword(term, value)
    const names = this.namesOf(term.field)
    // Absent is what is absent under every name.
    if (value.kind === 'null' || (value.kind === 'exists' && !value.value))
      return none(either(names.map((field) => ({ exists: { field } }))))
    return either(names.map((field) => fieldQuery(field, value, term)))
  }

  private namesOf(field: string): string[] {
    if (this.fields === 'written') return [field]
    return [field, ...otherNames(field, this.logsource).filter((name) => !/[:*]/.test(name))]
  }
}

function fieldQuery(field: string, value: SigmaValue, term: Term): Query {
  switch (value.kind) {
    case 'text':
      return textQuery(field, checked(value.pattern, term), value.cased)
    case 'number':
    case 'boolean':
      return { term: { [field]: typeof value.value === 'bigint' ? String(value.value) : value.value } }
    case 'exists':
      return { exists: { field } }
    case 'cidr':
      return { term: { [field]: value.text } }
    case 'regex':
      return { regexp: { [field]: regexQuery(plainText(checked(value.pattern, term)), value.flags, term) } }
    case 'compare':
      if (value.part !== undefined) throw unsayable(term, `'${value.part}'`)
      return { range: { [field]: { [value.operator]: value.value } } }
    default:
      throw unsayable(term, `'${value.kind}'`)
  }
}

function textQuery(field: string, pattern: Pattern, cased: boolean): Query {
  if (pattern.length === 1 && pattern[0] === ANY) return { exists: { field } }
  if (pattern.every((part) => typeof part === 'string')) {
    const value = plainText(pattern)
    // Addresses and numbers may be mapped as such, which have no case.
    return { term: { [field]: cased || !/\p{L}/u.test(value) ? value : { value, case_insensitive: true } } }
  }
  return { wildcard: { [field]: { value: wildcardOf(pattern), ...(cased ? {} : { case_insensitive: true }) } } }
}

function wildcardOf(pattern: Pattern): string {
  return pattern
    .map((part) => (part === ANY ? '*' : part === ONE ? '?' : String(part).replaceAll(/[\\*?]/g, '\\$&')))
    .join('')
}

function regexQuery(source: string, { i, m }: { i: boolean; m: boolean }, term: Term): Query {
  if (m) throw unsayable(term, "the flag 'm'")
  const made = luceneRegex(source)
  if ('reason' in made) throw unsayable(term, `${made.reason} of the regular expression`)
  return { value: made.regex, flags: 'NONE', ...(i || source.startsWith('(?i)') ? { case_insensitive: true } : {}) }
}

/** Anywhere in any field, as far as words go: a query looks into the index, not into the event. */
function keyword(term: Term, value: SigmaValue): Query {
  if (value.kind !== 'text') throw unsayable(term, 'a keyword that is no text')
  const pattern = openStart(openEnd(checked(value.pattern, term)))
  const query = pattern
    .map((part) =>
      part === ANY ? '*' : part === ONE ? '?' : String(part).replaceAll(/[-+=&|><!(){}[\]^"~*?:\\/\s]/g, '\\$&'),
    )
    .join('')
  return { query_string: { query, analyze_wildcard: true } }
}

function checked(pattern: Pattern, { span }: Term): Pattern {
  const open = pattern.find(isPlaceholder)
  if (open !== undefined) throw fail('sigma.placeholder', { name: open.placeholder }, { span })
  return pattern
}

function unsayable(term: Term, what: string): Error {
  return fail('sigma.query', { item: term.text, what }, { span: term.span })
}

function every(queries: readonly Query[]): Query {
  if (queries.length === 0) return { match_all: {} }
  return queries.length === 1 ? queries[0]! : { bool: { filter: queries } }
}

export function either(queries: readonly Query[]): Query {
  // An empty `bool` matches everything.
  if (queries.length === 0) return { match_none: {} }
  return queries.length === 1 ? queries[0]! : { bool: { should: queries, minimum_should_match: 1 } }
}

function none(query: Query): Query {
  return { bool: { must_not: [query] } }
}

import { fieldsOf, MODIFIERS, RULE_STATES, type RuleState, type RuleView, type SigmaRules } from '../detect/index.ts'
import { fail, position, type Diagnostic, type Source } from '../diagnostic/index.ts'
import { isObject, toValue, type Value } from '../event/index.ts'
import type { RestRequest, Router } from '../search/index.ts'

const STATES: Readonly<Record<string, RuleState>> = { _enable: 'enabled', _disable: 'disabled', _simulate: 'simulated' }
const SOURCE_LIMIT = 262_144

/** The Sigma rules that run: list, look, switch, add and take out. `rules` is absent where nothing is judged. */
export function registerRuleRoutes(router: Router, rules: SigmaRules | undefined): void {
  const loaded = (): SigmaRules => {
    if (rules === undefined)
      throw fail('alert.invalid', { name: 'detect.enabled', expected: 'true for rules to run', got: 'false' })
    return rules
  }
  router.route({
    method: 'GET',
    path: '/_vedetta/rules',
    parameters: ['state', 'size'],
    handle({ query }) {
      const state = query.get('state')
      const found = (rules?.list() ?? []).filter((view) => state === undefined || view.state === state)
      const size = Number(query.get('size') ?? found.length)
      const problems = rules?.problems ?? []
      const shown = found.slice(0, Number.isInteger(size) && size >= 0 ? size : found.length)
      return {
        body: toValue({
          total: found.length,
          rules: shown.map((view) => summary(view, problems)),
          problems: problems.map(problemOf),
        }),
      }
    },
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/rules/:id',
    handle({ params }) {
      const view = loaded().get(params['id']!)
      return {
        body: toValue({ ...summary(view, loaded().problems), ...details(view, loaded().windows(view.rule.id)) }),
      }
    },
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/rules/_modifiers',
    handle: () => ({ body: { modifiers: MODIFIERS } }),
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/rules/_check',
    handle(request) {
      const file = readFile(request.json() ?? null)
      const { rules: found, problems } = loaded().check([file])
      const placed = found.flatMap((rule) =>
        fieldsOf(rule).map(({ names, span }) => ({ ...position(span.source, span.start), names })),
      )
      return { body: toValue({ rules: found.map(({ id }) => id), problems: problems.map(problemOf), fields: placed }) }
    },
  })
  for (const [action, state] of Object.entries(STATES))
    router.route({
      method: 'POST',
      path: `/_vedetta/rules/:id/${action}`,
      async handle({ params }) {
        return { body: toValue(summary(await loaded().set(params['id']!, state), loaded().problems)) }
      },
    })
  router.route({
    method: 'POST',
    path: '/_vedetta/rules',
    async handle(request) {
      const { files, state } = readAddition(request)
      const added = await loaded().add(files, state)
      return { body: toValue({ added: added.map((view) => summary(view, [])) }) }
    },
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/rules/_reload',
    async handle() {
      await loaded().reload()
      return { body: toValue({ rules: loaded().list().length, problems: loaded().problems.map(problemOf) }) }
    },
  })
  router.route({
    method: 'DELETE',
    path: '/_vedetta/rules/:id',
    async handle({ params }) {
      await loaded().remove(params['id']!)
      return { body: toValue({ removed: params['id']! }) }
    },
  })
}

/** `files`, a list of name and text, or the name and text of one. */
function readAddition(request: RestRequest): { files: Source[]; state: RuleState } {
  const body = request.json()
  if (body === undefined || !isObject(body))
    throw fail('alert.invalid', { name: 'the body', expected: 'an object with files and state', got: 'nothing' })
  for (const key of Object.keys(body))
    if (!['files', 'name', 'text', 'state'].includes(key))
      throw fail('alert.invalid', { name: 'the body', expected: 'made of files, name, text, state', got: key })
  const state = body['state'] ?? 'simulated'
  if (!RULE_STATES.includes(state as RuleState))
    throw fail('alert.invalid', { name: 'state', expected: `one of ${RULE_STATES.join(', ')}`, got: String(state) })
  const { files = [body] } = body
  if (!Array.isArray(files)) throw fail('alert.invalid', { name: 'files', expected: 'a list', got: String(files) })
  return { files: files.map(readFile), state: state as RuleState }
}

function readFile(file: Value): Source {
  const { name, text } = isObject(file) ? file : {}
  if (typeof name !== 'string')
    throw fail('alert.invalid', { name: 'name', expected: 'a file name', got: String(name) })
  if (typeof text !== 'string')
    throw fail('alert.invalid', { name: 'text', expected: 'the rules as YAML', got: String(text) })
  return { name, text }
}

function summary(
  { rule, origin, state, alerts, hits, asked, millis, timeouts }: RuleView,
  problems: readonly Diagnostic[],
): object {
  return {
    id: rule.id,
    title: rule.title,
    ...(rule.name === undefined ? {} : { name: rule.name }),
    kind: rule.kind === 'correlation' ? 'correlation' : 'sigma',
    level: rule.level,
    ...(rule.status === undefined ? {} : { status: rule.status }),
    tags: rule.tags,
    ...(rule.kind === 'rule' ? { logsource: rule.logsource } : {}),
    origin,
    builtin: origin === 'shipped',
    state,
    enabled: state !== 'disabled',
    alerts,
    hits,
    evaluations: asked,
    cost: { millis: Math.round(millis * 10) / 10 },
    errors: [
      ...problems.filter((problem) => concerns(problem, rule)).map(({ message }) => message),
      ...(timeouts === 0 ? [] : [`a regular expression took too long for ${timeouts} values, which count as no match`]),
    ],
    file: rule.span.source.name,
    line: position(rule.span.source, rule.span.start).line,
  }
}

function details({ rule }: RuleView, windows: ReturnType<SigmaRules['windows']>): object {
  const { description, author, references, falsepositives, fields, date } = rule
  return {
    ...(description === undefined ? {} : { description }),
    ...(date === undefined ? {} : { date }),
    author,
    references,
    falsepositives,
    fields,
    ...(rule.kind === 'correlation'
      ? { correlation: { type: rule.type, rules: rule.rules, 'group-by': rule.groupBy, timespan: rule.timespan } }
      : {}),
    ...(rule.kind !== 'correlation' || windows === undefined
      ? {}
      : {
          windows: {
            groups: windows.groups,
            condition: rule.bounds,
            fullest: windows.fullest.map(({ values, measure }) => ({
              group: Object.fromEntries(rule.groupBy.map((field, index) => [field, values[index]])),
              measure,
            })),
          },
        }),
    yaml: documentOf(rule.span.source.text, rule.span.start),
  }
}

/** The document of a text of several, `---` between them, in which a place is. */
export function documentOf(text: string, at: number): string {
  const before = text.lastIndexOf('\n---', at)
  const after = text.indexOf('\n---', at)
  const start = before < 0 ? 0 : text.indexOf('\n', before + 1) + 1
  return text.slice(start, after < 0 ? text.length : after + 1).slice(0, SOURCE_LIMIT)
}

/** Problems inside the document of a rule are the rule's. */
function concerns({ span }: Diagnostic, rule: RuleView['rule']): boolean {
  if (span === undefined || span.source !== rule.span.source) return false
  const end = rule.span.source.text.indexOf('\n---', rule.span.start)
  return span.start >= rule.span.source.text.lastIndexOf('\n---', rule.span.start) && (end < 0 || span.start < end)
}

function problemOf({ code, severity, message, span }: Diagnostic): object {
  const place = span === undefined ? undefined : position(span.source, span.start)
  return {
    code,
    severity,
    message,
    ...(span === undefined || place === undefined
      ? {}
      : { file: span.source.name, line: place.line, column: place.column }),
  }
}

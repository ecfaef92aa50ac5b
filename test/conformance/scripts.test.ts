import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { toValue, type Value } from '../../src/event/index.ts'
import { compileScript, renderTemplate, scriptFailure } from '../../src/script/index.ts'
import { EngineUnavailable, runGroovy, sharedOpenSearch } from '../engines/index.ts'
import { PAINLESS_LANGUAGE_CASES, PAINLESS_TIME_CASES, PAINLESS_UTIL_CASES } from './script-api-cases.ts'
import { PAINLESS_COMPILER_CASES } from './script-language-cases.ts'
import { GROOVY_CASES, PAINLESS_CASES, type ScriptCase } from './script-cases.ts'

/** The text of a result, or what kind of error there was. */
type Outcome = { result: string } | { error: string }

function sourceOf(scriptCase: ScriptCase): { source: string; params: Record<string, unknown> } {
  if (typeof scriptCase === 'string') return { source: scriptCase, params: {} }
  return { source: scriptCase[0], params: scriptCase[1] }
}

function ours(scriptCase: ScriptCase, lang: 'painless' | 'groovy'): Outcome {
  const { source, params } = sourceOf(scriptCase)
  try {
    const script = compileScript(
      { source, lang, params: toValue(params) as Record<string, Value> },
      { context: 'painless_test' },
    )
    return { result: String(script.run({})) }
  } catch (error) {
    const failure = scriptFailure(error)
    if (failure === undefined) throw error
    return { error: failure.reason === 'compile error' ? 'compile error' : failure.caused_by.type }
  }
}

const { engine, skipReason } = await sharedOpenSearch()

async function painless(scriptCase: ScriptCase): Promise<Outcome> {
  const response = await fetch(`${engine!.url}/_scripts/painless/_execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ script: sourceOf(scriptCase) }),
  })
  const body = (await response.json()) as {
    result?: string
    error?: { reason: string; caused_by?: { type: string } }
  }
  if (body.error === undefined) return { result: body.result! }
  return { error: body.error.reason === 'compile error' ? 'compile error' : (body.error.caused_by?.type ?? '') }
}

describe.skipIf(engine === undefined)(
  `Painless agrees with OpenSearch${skipReason === undefined ? '' : ` (${skipReason})`}`,
  () => {
    const cases = [
      ...PAINLESS_CASES,
      ...PAINLESS_TIME_CASES,
      ...PAINLESS_UTIL_CASES,
      ...PAINLESS_LANGUAGE_CASES,
      ...PAINLESS_COMPILER_CASES,
    ]
    test.each(cases.map((scriptCase) => [sourceOf(scriptCase).source, scriptCase] as const))(
      '%s',
      async (_source, scriptCase) => {
        expect(ours(scriptCase, 'painless')).toEqual(await painless(scriptCase))
      },
    )
  },
)

/** Scripts that fail; where, and what of them is shown, is compared. */
const FAILING = [
  'def first = 1; def second = null; return second.length() + first',
  'def total = 0;\nreturn totl + 1',
  'int x = params.n.a; return x',
  'def l = [1]; return l[5]',
  'def x = 0; return 1 / x',
  'throw new IllegalArgumentException("boom")',
  'int i = 0; for (int j = 0; j < 3; ++j) { i += [1][j]; } return i',
  'def m = [:]; if (m.a == null) { return m.a.b.c } return 1',
  'int f(def x) { return x.size() } int before = 5; return f(null)',
  'def total = 0; def other = 1; def third = 2; return missing + total + other + third',
  'int n = "text"; return n',
]

describe.skipIf(engine === undefined)('script_stack and position are as OpenSearch gives them', () => {
  test.each(FAILING)('%s', async (source) => {
    const response = await fetch(`${engine!.url}/_scripts/painless/_execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ script: { source } }),
    })
    const { error } = (await response.json()) as { error: { reason: string; script_stack: string[]; position: object } }
    // Frames of Java come first there, where a method of Java threw.
    const stack = error.script_stack.filter((line) => !/^[\w.]+\/?[\w.$]*\([\w.]+:\d+\)$|^java\.base/.test(line))
    const failure = failureOf(source)
    expect({ ...failure, stack: failure.stack.slice(0, 2) }).toEqual({
      reason: error.reason,
      position: error.position,
      stack: stack.slice(0, 2),
    })
  })
})

function failureOf(source: string): { reason: string; position: object | undefined; stack: readonly string[] } {
  try {
    compileScript({ source, lang: 'painless' }, { context: 'painless_test' }).run({})
  } catch (error) {
    const failure = scriptFailure(error)
    if (failure !== undefined) {
      return { reason: failure.reason, position: failure.position, stack: failure.script_stack }
    }
  }
  throw new Error('the script did not fail')
}

const TEMPLATE_PARAMS = {
  name: 'N',
  text: 'a "q" <b> \n é',
  n: 5,
  d: 2.5,
  yes: true,
  no: false,
  none: null,
  empty: [],
  list: ['x', 'y'],
  maps: [{ k: 'a', in: [{ k: 'i' }] }, { k: 'b' }],
  lists: [[1, 2], [3]],
  map: { b: { c: 'deep' } },
}

/** Each is the text of a JSON string, so what it fills in is escaped. */
const TEMPLATES = [
  '{{text}} {{{n}}} {{&d}} {{yes}} {{no}} {{none}} {{missing}}',
  '{{list}} {{empty}} {{maps.1}} {{lists}} {{lists.0}} {{map}}',
  '{{list.1}} {{list.size}} {{maps.0.in.0.k}} {{map.b.c}} {{map.size}}',
  '{{#yes}}[{{.}}{{name}}]{{/yes}}{{#no}}no{{/no}}{{#n}}[{{.}}]{{/n}}{{#text}}[{{name}}]{{/text}}',
  '{{^none}}none{{/none}}{{^empty}}empty{{/empty}}{{^missing}}missing{{/missing}}{{^n}}n{{/n}}',
  '{{#maps}}{{k}}{{name}}{{#in}}({{k}}){{/in}}{{^in}}-{{/in}};{{/maps}}',
  '{{#lists}}<{{#.}}{{.}},{{/.}}>{{.}}{{/lists}}',
  "{{#join}}list{{/join}} {{#join delimiter=' | '}}list{{/join delimiter=' | '}} {{#join}}lists.0{{/join}}",
  '{{#join}}name{{/join}} {{#join}}missing{{/join}} {{#join}}maps.0.in{{/join}}',
  '{{#toJson}}lists{{/toJson}} {{#toJson}}n{{/toJson}} {{#toJson}}missing{{/toJson}}',
  '{{#url}}a b/{{text}}?{{{text}}}{{/url}}',
  '{{=<% %>=}}<% name %>{{name}}<%={{ }}=%>{{name}}',
  'a{{! comment }}b',
  '{{#toJson}}{{/toJson}}',
  '{{#join}}{{name}}{{n}}{{/join}}',
  "{{#join delimiter='a'}}list{{/join delimiter='b'}}",
  '{{}}',
  '{{#name}}',
  '{{/name}}',
]

describe.skipIf(engine === undefined)('Mustache agrees with OpenSearch', () => {
  test.each(TEMPLATES)('%s', async (template) => {
    const source = `{"x":${JSON.stringify(template)}}`
    const response = await fetch(`${engine!.url}/_render/template`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ source, params: TEMPLATE_PARAMS }),
    })
    const body = (await response.json()) as { template_output?: object; error?: object }
    expect(rendered(source)).toEqual(body.error === undefined ? body.template_output : 'refused')
  })
})

function rendered(source: string): unknown {
  try {
    return JSON.parse(renderTemplate(source, toValue(TEMPLATE_PARAMS) as Record<string, Value>, { escape: 'json' }))
  } catch {
    return 'refused'
  }
}

/** Runs every row in one JVM and prints an outcome a line. Numbers come as Elasticsearch gives them: doubles. */
const driver = (path: string): string => `
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
def plain
plain = { v ->
  v instanceof Map ? v.inject(new LinkedHashMap()) { m, e -> m.put(e.key, plain(e.value)); m } :
  v instanceof List ? new ArrayList(v.collect { plain(it) }) : v instanceof BigDecimal ? v.doubleValue() : v
}
def snake = { String name -> name.replaceAll(/(?<!^)([A-Z])/, '_$1').toLowerCase() }
new JsonSlurper().parse(new File('${path}')).each { row ->
  def outcome
  try {
    def binding = new Binding()
    plain(row.params).each { k, v -> binding.setVariable(k, v) }
    def result = new GroovyShell(binding).evaluate(row.source)
    if (result instanceof Object[]) result = Arrays.asList(result)
    outcome = [result: String.valueOf(result)]
  } catch (org.codehaus.groovy.control.CompilationFailedException e) {
    outcome = [error: 'compile error']
  } catch (Throwable e) {
    outcome = [error: snake(e.class.simpleName)]
  }
  println 'outcome ' + JsonOutput.toJson(outcome)
}
`

async function groovyOutcomes(): Promise<Outcome[] | string> {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-scripts-'))
  try {
    const rows = join(folder, 'rows.json')
    writeFileSync(rows, JSON.stringify(GROOVY_CASES.map(sourceOf)))
    const output = await runGroovy(driver(rows))
    const lines = output.split('\n').filter((line) => line.startsWith('outcome '))
    return lines.map((line) => JSON.parse(line.slice('outcome '.length)) as Outcome)
  } catch (error) {
    if (error instanceof EngineUnavailable) return error.message
    throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const groovy = await groovyOutcomes()
const groovySkipped = typeof groovy === 'string'

describe.skipIf(groovySkipped)(`Groovy agrees with Groovy 2.4${groovySkipped ? ` (${groovy})` : ''}`, () => {
  test.each(GROOVY_CASES.map((scriptCase, index) => [sourceOf(scriptCase).source, scriptCase, index] as const))(
    '%s',
    (_source, scriptCase, index) => {
      expect(ours(scriptCase, 'groovy')).toEqual((groovy as Outcome[])[index])
    },
  )
})

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { DiagnosticError, formatDiagnostic } from '../diagnostic/index.ts'
import {
  Double,
  newObject,
  parseJson,
  stringifyJson,
  Timestamp,
  toValue,
  type Value,
  type ValueObject,
} from '../event/index.ts'
import {
  chooseLanguage,
  compileScript,
  scriptFailure,
  scriptStack,
  type ScriptLang,
  type ScriptSource,
} from './index.ts'

function values(plain: object): ValueObject {
  return toValue(plain) as ValueObject
}

function run(source: string, variables: Record<string, Value> = {}, lang: ScriptLang = 'painless'): Value {
  return compileScript({ source, lang }, { context: 'watcher_transform' }).run(variables)
}

function failure(source: string, lang: ScriptLang = 'painless'): DiagnosticError {
  try {
    run(source, { ctx: newObject() }, lang)
  } catch (error) {
    if (error instanceof DiagnosticError) return error
    throw error
  }
  throw new Error('the script did not fail')
}

describe('values of the house in a script', () => {
  test.each([
    ['an integer that fits is an int', 'return ctx.v instanceof Integer', 5],
    ['a greater one is a long', 'return ctx.v instanceof Long', 5_000_000_000],
    ['a bigint is a long', 'return ctx.v instanceof Long', 9_007_199_254_740_993n],
    ['a fraction is a double', 'return ctx.v instanceof Double', 0.5],
    ['a Double is a double though it is whole', 'return ctx.v instanceof Double', new Double(5)],
    ['a list is a List', 'return ctx.v instanceof List', [1]],
    ['an object is a Map', 'return ctx.v instanceof Map', newObject()],
    ['a timestamp is a ZonedDateTime', 'return ctx.v instanceof ZonedDateTime', new Timestamp(0)],
  ] satisfies [string, string, Value][])('%s', (_title, source, v) => {
    expect(run(source, { ctx: values({ v }) })).toBe(true)
  })

  test.each([
    ['return 5', '5'],
    ['return 5.0', '5.0'],
    ['return 9007199254740993L', '9007199254740993'],
    ['return 1.5f', '1.5'],
    ["return ['a': [1, 2.5, null, true]]", '{"a":[1,2.5,null,true]}'],
    ['return new int[] {1, 2}', '[1,2]'],
    ['Map m = new TreeMap(); m.put(2, "b"); m.put(1, "a"); return m', '{"1":"a","2":"b"}'],
    ["return Instant.parse('2016-02-08T00:56:58.407Z')", '"2016-02-08T00:56:58.407Z"'],
  ])('%s', (source, json) => {
    expect(stringifyJson(run(source))).toBe(json)
  })

  test('what a script changes in ctx is changed for the caller', () => {
    const ctx = values({ payload: { hits: [3, 1], total: 1 }, gone: true })
    const { payload } = ctx
    run("ctx.payload.hits.add(7); ctx.payload.total += 5; ctx.fresh = ['a': 1.5]; ctx.remove('gone')", { ctx })
    expect(ctx['payload']).toBe(payload)
    expect(stringifyJson(ctx)).toBe('{"payload":{"hits":[3,1,7],"total":6},"fresh":{"a":1.5}}')
  })

  test('what a script only reads is not touched', () => {
    const frozen = Object.freeze([Object.freeze(values({ port: 80, ratio: 0.5 }))]) as unknown as Value
    expect(run('return ctx.list[0].port + ctx.list[0].ratio', { ctx: values({ list: [] }) && { __proto__: null, list: frozen } as unknown as Value })).toBe(80.5) // prettier-ignore
  })

  test('the same object met twice is the same map', () => {
    const shared = values({ n: 1 })
    const ctx = newObject()
    ctx['a'] = shared
    ctx['b'] = shared
    expect(run('ctx.a.n = 9; return ctx.b.n', { ctx })).toBe(9)
  })

  test('a result that is part of ctx is the very object', () => {
    const ctx = values({ payload: { a: 1 } })
    expect(run('return ctx.payload', { ctx })).toBe(ctx['payload'])
  })

  test('nothing of one run is seen by the next', () => {
    const script = compileScript(
      { source: 'x = (binding_missing ?: 0)', lang: 'groovy' },
      { context: 'watcher_transform' },
    )
    expect(() => script.run({})).toThrow(/binding_missing/)
    const counter = compileScript(
      { source: 'list << 1; list.size()', lang: 'groovy', params: values({ list: [] }) },
      { context: 'watcher_transform' },
    )
    expect(counter.run({})).toBe(1)
    expect(counter.run({})).toBe(1)
  })
})

describe('errors', () => {
  test('a script that does not compile says where', () => {
    const error = failure('def total = 0;\nreturn totl + 1')
    expect(error.code).toBe('script.compile')
    expect(error.http).toEqual({ status: 400, type: 'script_exception' })
    expect(formatDiagnostic(error.diagnostics[0]!)).toBe('script:2:8: compile error: cannot resolve symbol [totl]')
    expect(scriptStack(error)).toEqual(['def total = 0;\nreturn totl + 1', `${' '.repeat(22)}^---- HERE`])
  })

  test('a script that fails says where, with its statement', () => {
    const error = failure('def first = 1; def second = null; return second.length() + first')
    expect(error.code).toBe('script.runtime')
    expect(scriptStack(error)).toEqual(['return second.length() + first', '             ^---- HERE'])
    expect(scriptFailure(error)).toMatchObject({
      type: 'script_exception',
      reason: 'runtime error',
      lang: 'painless',
      caused_by: { type: 'null_pointer_exception' },
    })
  })

  test('an endless loop says so', () => {
    const error = failure('int i = 0; while (true) { i++; }')
    expect(error.code).toBe('script.budget')
    expect(error.message).toContain('The maximum number of statements that can be executed in a loop has been reached.')
  })

  test('a language that is not one is refused', () => {
    expect(() => compileScript({ source: '1', lang: 'expression' }, { context: 'filter' })).toThrow(
      "'lang' must be 'painless' or 'groovy', got 'expression'",
    )
  })

  test('the name of the script and its file are in the message', () => {
    expect(() =>
      compileScript(
        { source: 'return (', name: 'condition.script' },
        { context: 'watcher_condition', filePath: 'scan.json' },
      ),
    ).toThrow('scan.json condition.script:1:9: compile error: unexpected end of script')
  })

  test.each([
    ['watcher_condition', 'return ctx != null'],
    ['filter', "return doc['a'] != null"],
    ['bucket_aggregation', 'return params.total > 0'],
  ] as const)('in %s `%s` compiles', (context, source) => {
    expect(compileScript({ source }, { context }).lang).toBe('painless')
  })

  test('a variable of another context is unknown', () => {
    expect(() => compileScript({ source: 'return doc != null' }, { context: 'watcher_condition' })).toThrow(
      'cannot resolve symbol [doc]',
    )
  })
})

describe('the language of a script', () => {
  const params = values({ threshold: 50 })

  test.each([
    [{ source: 'return 1' }, 'painless'],
    [{ source: 'return 1', lang: 'groovy' }, 'groovy'],
    [{ source: 'return params.threshold', inline: true, params }, 'painless'],
    [{ source: 'return ctx.payload.n > threshold', inline: true, params }, 'groovy'],
    [{ source: 'def m = { it * 2 }; m(3)', inline: true }, 'groovy'],
    [{ source: '"${1 + 1}"', inline: true, params }, 'painless'],
    [{ source: 'return [ body : body ]', inline: true }, 'groovy'],
    [{ source: 'return 1 +', inline: true }, 'painless'],
    [{ source: 'return ctx.payload.hits.total > 0', inline: true }, 'painless'],
    [{ source: 'def threshold = 1; return threshold', inline: true, params }, 'painless'],
  ] satisfies [ScriptSource, ScriptLang][])('%j is %s', (script, lang) => {
    expect(chooseLanguage(script, { context: 'watcher_transform' }).lang).toBe(lang)
  })

  test('the setting decides where the script does not', () => {
    const options = { context: 'watcher_condition', defaultLang: 'groovy' } as const
    expect(chooseLanguage({ source: 'return 1' }, options).lang).toBe('groovy')
    expect(chooseLanguage({ source: 'return 1', lang: 'painless' }, options).lang).toBe('painless')
  })

  test('the choice says why', () => {
    const script = { source: 'return 5 > threshold', inline: true, params }
    expect(chooseLanguage(script, { context: 'watcher_condition' }).reason).toBe(
      "'inline' uses the parameter 'threshold' as a bare name",
    )
  })
})

/** The seed's watch, where its folder stands beside the repository. */
const SEED = fileURLToPath(new URL('../../../shared/seed/port_scan_watch.json', import.meta.url))

interface SeedScript {
  readonly inline: string
  readonly params: ValueObject
}

describe.skipIf(!existsSync(SEED))('the seed’s scripts, verbatim', () => {
  const watch = existsSync(SEED)
    ? (parseJson(readFileSync(SEED, 'utf8')) as unknown as Record<string, never>)
    : undefined
  const scripts = watch as unknown as {
    condition: { script: SeedScript }
    actions: { email_administrator: { transform: { script: SeedScript } } }
  }
  const compile = ({ inline, params }: SeedScript): ReturnType<typeof compileScript> =>
    compileScript({ source: inline, inline: true, params }, { context: 'watcher_transform' })
  const payload = (count: number): ValueObject =>
    values({
      payload: {
        aggregations: {
          by_src_ip: {
            buckets: [
              { key: '10.0.0.7', by_target_ip: { buckets: [{ key: '10.0.0.1', unique_port_count: { value: 3 } }] } },
              {
                key: '10.0.0.9',
                by_target_ip: { buckets: [{ key: '10.0.0.2', unique_port_count: { value: count } }] },
              },
            ],
          },
        },
      },
    })

  test.each([
    [500, true],
    [51, true],
    [50, false],
  ])('the condition with %i ports is %s', (count, met) => {
    expect(compile(scripts.condition.script).run({ ctx: payload(count) })).toBe(met)
  })

  test('the transform names attacker, target and ports', () => {
    const { script } = scripts.actions.email_administrator.transform
    expect(stringifyJson(compile(script).run({ ctx: payload(500) }))).toBe(
      '{"body":"Detected portscan from [10.0.0.9] to [10.0.0.2]. 500 unique ports scanned."}',
    )
    expect(compile(script).run({ ctx: payload(5) })).toBeNull()
  })
})

test('a run that fails leaves ctx as it was', () => {
  const ctx = values({ n: 1 })
  expect(() => run('ctx.n = 2; return ctx.missing.length()', { ctx })).toThrow(DiagnosticError)
  expect(ctx['n']).toBe(1)
})

describe('the times of a watch, as older watches ask them', () => {
  const ctx = toValue({ at: Timestamp.fromMillis(Date.UTC(2015, 5, 7, 13, 4, 5, 67)) }) as ValueObject

  test.each<[lang: ScriptLang, source: string, value: Value]>([
    ['groovy', '"${ctx.at}"', '2015-06-07T13:04:05.067Z'],
    ['groovy', "ctx.at.toString('yyyy.MM.dd HH:mm:ss.SSSZZ, e')", '2015.06.07 13:04:05.067+00:00, 7'],
    ['groovy', 'ctx.at.withTimeAtStartOfDay().minusMillis(1).toString()', '2015-06-06T23:59:59.999Z'],
    ['groovy', 'ctx.at.withHourOfDay(0).withMinuteOfHour(0).withSecondOfMinute(0).withMillisOfSecond(0) == ctx.at.withTimeAtStartOfDay()', true], // prettier-ignore
    ['groovy', '[ctx.at.dayOfWeek, ctx.at.monthOfYear, ctx.at.hourOfDay, ctx.at.minuteOfDay]', [7, 6, 13, 784]],
    ['groovy', 'ctx.at.toDate().time == ctx.at.millis && ctx.at.isAfter(0L) && ctx.at.plus(1L).isAfter(ctx.at)', true],
    ['groovy', 'ctx.at.withDayOfWeek(1).dayOfMonth', 1],
    ['painless', 'return ctx.at.getMillis() - ctx.at.getMillisOfDay()', Date.UTC(2015, 5, 7)],
    ['painless', 'return [ctx.at.secondOfDay, ctx.at.weekyear, ctx.at.weekOfWeekyear]', [47045, 2015, 23]],
    ['painless', "return ctx.at.toString('EEE, dd MMM yyyy')", 'Sun, 07 Jun 2015'],
    ['painless', 'return ctx.at.dayOfWeek.toString() + ctx.at', 'SUNDAY2015-06-07T13:04:05.067Z'],
  ])('%s: %s', (lang, source, value) => {
    expect(run(source, { ctx }, lang)).toEqual(value)
  })
})

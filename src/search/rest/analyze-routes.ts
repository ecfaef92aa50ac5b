import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { charFilterOf, filterOf, tokenizerOf, tokenStreamOf, type Token, type Tokenizer } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import { passThrough } from './pass-through.ts'
import type { RestRequest, Router } from './router.ts'
import { bodyObject } from './selection.ts'

const KEYS = ['text', 'analyzer', 'tokenizer', 'filter', 'char_filter', 'field', 'normalizer', 'explain', 'attributes']
const TOKEN_LIMIT = 10_000
const LONGEST_TEXT = 1_000_000
/** Between the values of a list, as in a field. */
const POSITION_GAP = 100

interface Step {
  readonly name: string
  readonly tokens: readonly Token[]
}

/** `_analyze`: a text as the tokens that an analyzer, or the parts of one, make of it. */
export function registerAnalyze(outer: Router, store: Store): void {
  for (const path of ['/_analyze', '/:index/_analyze'])
    passThrough(outer, store).route({
      method: ['GET', 'POST'],
      path,
      parameters: ['index'],
      handle: async (request) => ({ body: await analyze(store, request) }),
    })
}

async function analyze(store: Store, request: RestRequest): Promise<object> {
  const body = bodyObject(request)
  if (body === undefined) throw fail('rest.body_missing')
  for (const key of Object.keys(body))
    if (!KEYS.includes(key))
      throw fail('rest.parameter_invalid', {
        reason: `Unknown parameter [${key}] in request body or parameter is of the wrong type`,
      })
  const texts = [body['text'] ?? []].flat().map(String)
  if (texts.length === 0) throw fail('rest.validation', { reason: '1: text is missing;' })
  if (texts.reduce((sum, text) => sum + text.length, 0) > LONGEST_TEXT)
    throw fail('rest.parameter_invalid', { reason: `[text] must be at most ${LONGEST_TEXT} characters long` })
  const index = request.params['index'] ?? request.query.get('index')
  const description = index === undefined ? undefined : await describe(store, index)
  const limit = tokenLimit(description)
  const check = (tokens: readonly Token[]): void => {
    if (tokens.length > limit)
      throw fail('index.state', {
        reason: `The number of tokens produced by calling _analyze has exceeded the allowed maximum of [${limit}]. This limit can be set by changing the [index.analyze.max_token_count] index level setting.`,
      })
  }
  const explain = body['explain'] === true
  const { tokenizer, normalizer } = body
  if (tokenizer === undefined && (body['filter'] === undefined || normalizer !== undefined)) {
    const name = normalizer === undefined ? analyzerName(body, description) : String(normalizer)
    const tokens = overAll(texts, tokenStreamOf(name, normalizer === undefined ? 'analyzer' : 'normalizer'))
    check(tokens)
    if (!explain) return { tokens }
    return { detail: { custom_analyzer: false, analyzer: { name, tokens: tokens.map(explained) } } }
  }
  const charFilters = list(body['char_filter']).map(charFilterOf)
  const filters = list(body['filter']).map(filterOf)
  const first = tokenizerOf(tokenizer ?? 'keyword')
  const filtered = texts.map((text) => charFilters.reduce((changed, { use }) => use(changed), text))
  const steps: Step[] = [{ name: first.name, tokens: overAll(filtered, first.use) }]
  for (const { name, use } of filters) steps.push({ name, tokens: use(steps.at(-1)!.tokens) })
  for (const { tokens } of steps) check(tokens)
  if (!explain) return { tokens: steps.at(-1)!.tokens }
  const shown = steps.map(({ name, tokens }) => ({ name, tokens: tokens.map(explained) }))
  return {
    detail: {
      custom_analyzer: true,
      ...(charFilters.length === 0
        ? {}
        : { charfilters: charFilters.map(({ name }) => ({ name, filtered_text: filtered })) }),
      tokenizer: shown[0],
      ...(filters.length === 0 ? {} : { tokenfilters: shown.slice(1) }),
    },
  }
}

function list(value: Value | undefined): Value[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

/** The attributes that every token of ours has. */
function explained(token: Token): object {
  const bytes = [...Buffer.from(token.token)].map((byte) => byte.toString(16)).join(' ')
  return { ...token, bytes: `[${bytes}]`, positionLength: 1, termFrequency: 1 }
}

function overAll(texts: readonly string[], tokenize: Tokenizer): Token[] {
  const tokens: Token[] = []
  let [offset, position] = [0, 0]
  for (const text of texts) {
    let last = position - 1
    for (const token of tokenize(text)) {
      last = position + token.position
      tokens.push({
        ...token,
        start_offset: token.start_offset + offset,
        end_offset: token.end_offset + offset,
        position: last,
      })
    }
    offset += text.length + 1
    position = last + 1 + POSITION_GAP
  }
  return tokens
}

async function describe(store: Store, index: string): Promise<ValueObject> {
  const [found, ...more] = Object.values(await store.getIndices({ expressions: [index] }))
  if (more.length > 0) throw fail('index.several', { alias: index, indices: '' })
  return isObject(found) ? found : newObject()
}

function settingOf(description: ValueObject | undefined, ...path: readonly string[]): Value | undefined {
  let value: Value | undefined = description
  for (const key of path) value = isObject(value) ? value[key] : undefined
  return value
}

function tokenLimit(description: ValueObject | undefined): number {
  return Number(settingOf(description, 'settings', 'index', 'analyze', 'max_token_count') ?? TOKEN_LIMIT)
}

/** Of the request, or of the field; the standard one unless said. */
function analyzerName(body: ValueObject, description: ValueObject | undefined): string {
  const { analyzer, field } = body
  if (analyzer !== undefined) return String(analyzer)
  if (field === undefined) return 'standard'
  if (description === undefined)
    throw fail('rest.parameter_invalid', { reason: 'analysis based on a specific field requires an index' })
  let node: Value | undefined = description['mappings']
  for (const key of String(field).split('.')) {
    const inner: Value | undefined = isObject(node) ? (node['properties'] ?? node['fields']) : undefined
    node = isObject(inner) ? inner[key] : undefined
  }
  const type = isObject(node) ? node['type'] : undefined
  if (type === undefined || type === 'text' || type === 'match_only_text')
    return String((isObject(node) ? node['analyzer'] : undefined) ?? 'standard')
  if (type === 'keyword') return 'keyword'
  throw fail('rest.parameter_invalid', {
    reason: `Can't process field [${String(field)}], Analysis requests are only supported on tokenized fields`,
  })
}

import { fail } from '../../../diagnostic/index.ts'
import { parseCondition } from '../condition.ts'
import { child, invalid, textAt, textsAt, type Located } from '../located-yaml.ts'
import { ANY, parsePattern } from '../pattern.ts'
import { readClause, type DetectionRule } from '../rule.ts'
import { knownKeys, logsourceAt, needText } from './checks.ts'
import { exactRename, mappingAt, prefixRename, renaming } from './field-transformations.ts'
import { appliesTo, type Transformation } from './item.ts'
import {
  changeCase,
  convertType,
  extractFields,
  flagAt,
  hashesFields,
  mapString,
  placeholders,
  replaceString,
  setValue,
  toRegex,
} from './value-transformations.ts'

interface TransformationSpec {
  readonly summary: string
  readonly options: readonly string[]
  readonly create: (at: Located) => Transformation
}

/** Every transformation of pySigma: its spec, or why it is refused. */
export const TRANSFORMATIONS: Readonly<Record<string, TransformationSpec | string>> = {
  field_name_mapping: {
    summary: 'other names for fields; several are alternatives',
    options: ['mapping'],
    create: (at) => renaming(exactRename(mappingAt(at)), at),
  },
  field_name_prefix_mapping: {
    summary: 'other beginnings for names of fields',
    options: ['mapping'],
    create: (at) => renaming(prefixRename(mappingAt(at)), at),
  },
  field_name_prefix: {
    summary: 'a text before names of fields',
    options: ['prefix'],
    create(at) {
      const prefix = needText(at, 'prefix')
      return renaming((field) => (field === '' ? undefined : [prefix + field]), at)
    },
  },
  field_name_suffix: {
    summary: 'a text after names of fields',
    options: ['suffix'],
    create(at) {
      const suffix = needText(at, 'suffix')
      return renaming((field) => (field === '' ? undefined : [field + suffix]), at)
    },
  },
  field_name_transform: 'it takes a function of Python',
  drop_detection_item: {
    summary: 'leaves items out',
    options: [],
    create: () => (run, item) => run.change((term) => (appliesTo(item, term, run) ? undefined : term)),
  },
  hashes_fields: {
    summary: '`Hashes` as a field of each algorithm',
    options: ['valid_hash_algos', 'field_prefix', 'drop_algo_prefix', 'field_to_parse'],
    create: hashesFields,
  },
  extract_fields: {
    summary: 'named groups of an expression as items of their own',
    options: ['regex', 'field_prefix', 'preserve_unmatched'],
    create: extractFields,
  },
  wildcard_placeholders: {
    summary: 'a placeholder stands for anything',
    options: ['include', 'exclude'],
    create: (at) => placeholders(at, () => [[ANY]]),
  },
  value_placeholders: {
    summary: 'a placeholder stands for the values of a variable',
    options: ['include', 'exclude'],
    create: (at) =>
      placeholders(at, (name, vars, { span }) => {
        const values = vars.get(name)
        if (values === undefined) throw fail('sigma.placeholder', { name }, { span })
        return values.map(parsePattern)
      }),
  },
  query_expression_placeholders:
    'rules are not made into queries of another language: give values by value_placeholders',
  file_placeholders: 'pipelines read no other files: put the values under vars',
  http_placeholders: 'pipelines read nothing from the network: put the values under vars',
  command_placeholders: 'pipelines run no commands: put the values under vars',
  add_condition: {
    summary: 'a condition that must hold too',
    options: ['conditions', 'template', 'negated', 'name'],
    create: addCondition,
  },
  change_logsource: {
    summary: 'another logsource',
    options: ['product', 'category', 'service'],
    create(at) {
      const logsource = logsourceAt(at)
      return (run) => {
        if (run.rule.kind === 'rule') run.rule = { ...run.rule, logsource }
      }
    },
  },
  add_field: {
    summary: 'adds to the list of fields',
    options: ['field'],
    create(at) {
      const fields = textsAt(at, 'field')
      return (run) => {
        run.rule = { ...run.rule, fields: [...run.rule.fields, ...fields] }
      }
    },
  },
  remove_field: {
    summary: 'takes from the list of fields',
    options: ['field'],
    create(at) {
      const fields = textsAt(at, 'field')
      return (run) => {
        run.rule = { ...run.rule, fields: run.rule.fields.filter((field) => !fields.includes(field)) }
      }
    },
  },
  set_field: {
    summary: 'sets the list of fields',
    options: ['fields'],
    create(at) {
      const fields = textsAt(at, 'fields')
      return (run) => {
        run.rule = { ...run.rule, fields }
      }
    },
  },
  replace_string: {
    summary: 'replaces what an expression finds in values',
    options: ['regex', 'replacement', 'skip_special', 'interpret_special'],
    create: replaceString,
  },
  map_string: { summary: 'other values for values', options: ['mapping'], create: mapString },
  set_state: {
    summary: 'a value that processing_state asks for',
    options: ['key', 'val'],
    create(at) {
      const key = needText(at, 'key')
      const value = child(at, 'val')?.data
      return (run) => void run.state.set(key, value)
    },
  },
  regex: { summary: 'texts as regular expressions', options: ['method'], create: toRegex },
  set_value: { summary: 'one value in place of all', options: ['value', 'force_type'], create: setValue },
  convert_type: { summary: 'numbers as texts, or texts as numbers', options: ['target_type'], create: convertType },
  rule_failure: {
    summary: 'refuses the rule',
    options: ['message'],
    create(at) {
      const reason = needText(at, 'message')
      return ({ rule }) => {
        throw fail('sigma.pipeline', { reason }, { span: rule.span })
      }
    },
  },
  detection_item_failure: {
    summary: 'refuses rules with such an item',
    options: ['message'],
    create(at) {
      const reason = needText(at, 'message')
      return (run, item) => {
        const found = run.terms().find((term) => appliesTo(item, term, run))
        if (found !== undefined) throw fail('sigma.pipeline', { reason }, { span: found.span })
      }
    },
  },
  strict_field_mapping_failure: {
    summary: 'refuses rules with a field that no mapping knows',
    options: [],
    create: () => (run) => {
      const found = run.terms().find(({ field }) => field !== '' && !run.mapped.has(field))
      if (found !== undefined)
        throw fail('sigma.pipeline', { reason: `no mapping knows the field '${found.field}'` }, { span: found.span })
    },
  },
  set_custom_attribute: {
    summary: 'an attribute that rule_attribute asks for',
    options: ['attribute', 'value'],
    create(at) {
      const attribute = needText(at, 'attribute')
      const value = child(at, 'value')?.data
      return (run) => void run.attributes.set(attribute, value)
    },
  },
  case: { summary: 'values in lower, upper or snake case', options: ['method'], create: changeCase },
}

let added = 0

/** The conditions are items of a selection of its own, under a name that no pattern of the rule finds. */
function addCondition(at: Located): Transformation {
  const conditions = child(at, 'conditions')
  if (conditions?.entries === undefined) throw invalid('conditions', 'a map', conditions ?? at)
  const template = flagAt(at, 'template')
  const negated = flagAt(at, 'negated')
  const name = textAt(at, 'name') ?? `_cond_${++added}`
  const condition = parseCondition(negated ? `not ${name}` : name, [name], at.span)
  return (run) => {
    if (run.rule.kind !== 'rule') return
    const clause = readClause(name, template ? filled(conditions, run.rule) : conditions)
    const detection = { selections: [{ name, clause }], conditions: [condition] }
    run.rule = { ...run.rule, detections: [...run.rule.detections, detection] }
  }
}

/** `$product`, `$category` and `$service` as the rule has them. */
function filled(at: Located, rule: DetectionRule): Located {
  const { logsource } = rule
  if (typeof at.data === 'string')
    return {
      ...at,
      data: at.data.replaceAll(
        /\$\{?(product|category|service)\}?/g,
        (_, key: keyof typeof logsource) => logsource[key] ?? '',
      ),
    }
  return {
    ...at,
    ...(at.items === undefined ? {} : { items: at.items.map((item) => filled(item, rule)) }),
    ...(at.entries === undefined
      ? {}
      : { entries: at.entries.map((entry) => ({ ...entry, value: filled(entry.value, rule) })) }),
  }
}

/** @throws DiagnosticError for a type that does not exist or is refused, and for options it does not have */
export function readTransformation(at: Located, known: readonly string[]): Transformation {
  const type = textAt(at, 'type')
  if (type === undefined)
    throw fail('sigma.missing', { owner: 'an item of a pipeline', name: 'type' }, { span: at.span })
  const spec = Object.hasOwn(TRANSFORMATIONS, type) ? TRANSFORMATIONS[type]! : undefined
  const place = { span: child(at, 'type')!.span }
  if (spec === undefined) throw invalid('type', `one of ${Object.keys(TRANSFORMATIONS).join(', ')}`, child(at, 'type')!)
  if (typeof spec === 'string') throw fail('sigma.unsupported', { path: type, reason: spec }, place)
  knownKeys(at, type, [...known, ...spec.options])
  return spec.create(at)
}

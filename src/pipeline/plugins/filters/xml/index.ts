import { fail } from '../../../../diagnostic/index.ts'
import type { Event, FieldPath, Value } from '../../../../event/index.ts'
import { option, type, type OptionType } from '../../../../settings/index.ts'
import { runEach } from '../../../grok/index.ts'
import { defineFilter } from '../../define.ts'
import { fieldReference } from '../field-option.ts'
import { toSimple } from './simple.ts'
import { readXml } from './tree.ts'
import { compileQuery, rootNamespaces, type Namespaces } from './xpath.ts'

const FAILURE_TAG = '_xmlparsefailure'
/** What reading one document may take. */
const MILLIS = 1_000
/** Options of Nokogiri's that ask for what is done here anyway: to go on, in silence, without the network. */
const CONTENTED = ['recover', 'noerror', 'no_error', 'nowarning', 'no_warning', 'nonet', 'no_net']

/** Whether `strict` is among the names. */
const parseOptions: OptionType<boolean> = {
  name: 'string',
  read(raw) {
    const names = String(raw)
      .split(',')
      .map((name) => name.trim().toLowerCase())
    const unknown = names.find((name) => name !== 'strict' && !CONTENTED.includes(name))
    return unknown === undefined ? type.ok(names.includes('strict')) : type.no('"strict"')
  },
}

export const xml = defineFilter({
  name: 'xml',
  summary: 'Reads XML from a field into fields, whole or by XPath.',
  options: {
    source: option(fieldReference, { required: true, describe: 'The field with the document.' }),
    target: option(fieldReference, { describe: 'Where the whole document goes; needed unless `store_xml` is false.' }),
    store_xml: option(type.boolean, { default: true, describe: 'Whether the whole document is written.' }),
    xpath: option(type.hash(fieldReference), {
      default: new Map<string, FieldPath>(),
      describe: 'Fields by the XPath expression whose results, as texts, they get in a list.',
    }),
    namespaces: option(type.hash(type.string), {
      default: new Map<string, string>(),
      describe: 'Namespaces by the prefixes in `xpath`; those that the root element declares unless given.',
    }),
    remove_namespaces: option(type.boolean, {
      default: false,
      describe: 'Whether `xpath` sees names without their namespaces.',
    }),
    force_array: option(type.boolean, {
      default: true,
      describe: 'Whether what occurs once is in a list too.',
    }),
    force_content: option(type.boolean, {
      default: false,
      describe: 'Whether text without attributes is in a hash too, as `content`.',
    }),
    suppress_empty: option(type.boolean, {
      default: true,
      describe: 'Whether empty elements are left out; otherwise they are empty hashes.',
    }),
    parse_options: option(parseOptions, {
      default: false,
      describe:
        '`strict` fails on what is not well-formed before `xpath` is asked; otherwise as much is read as can be.',
    }),
  },
  examples: [
    {
      title: 'attributes, and elements in lists',
      config: 'source => "x" target => "doc" remove_field => "x"',
      in: { x: '<a id="1"><b>one</b><b>two</b><c/></a>' },
      out: { doc: { id: '1', b: ['one', 'two'], c: [null] } },
    },
    {
      title: 'only what XPath finds',
      config: 'source => "x" store_xml => false xpath => ["/Event/Data[@Name=\'User\']/text()", "user"]',
      in: { x: '<Event><Data Name="User">ann</Data></Event>' },
      out: { x: '<Event><Data Name="User">ann</Data></Event>', user: ['ann'] },
    },
    {
      title: 'without lists',
      config: 'source => "x" target => "doc" force_array => false remove_field => "x"',
      in: { x: '<a><b>one</b></a>' },
      out: { doc: { b: 'one' } },
    },
    {
      title: 'no XML',
      config: 'source => "x" target => "doc"',
      in: { x: '<foo /' },
      out: { x: '<foo /', tags: ['_xmlparsefailure'] },
    },
  ],
  create(options, context) {
    const { source, target } = options
    if (options.store_xml && target === undefined)
      throw fail('plugin.option_needs', { option: 'store_xml', needed: 'target' })
    const queries = [...options.xpath].map(([expression, field]) => ({ query: compile(expression), field }))
    const namespaces: Namespaces | undefined =
      options.namespaces.size > 0 ? Object.fromEntries(options.namespaces) : undefined
    const simple = {
      forceArray: options.force_array,
      forceContent: options.force_content,
      suppressEmpty: options.suppress_empty,
    }

    /** What is to be written, in order; nothing where there is nothing to read. @throws Error for bad XML. */
    function* results(event: Event): Generator<readonly [FieldPath, Value]> {
      const text = textOf(event.get(source))
      if (text === undefined) return
      if (queries.length > 0) {
        const document = readXml(text, {
          strict: options.parse_options,
          withoutNamespaces: options.remove_namespaces,
        })
        const known = namespaces ?? rootNamespaces(document)
        for (const { query, field } of queries) {
          const found = query.run(document, known)
          if (found.length > 0) yield [field, found.length === 1 && !options.force_array ? found[0]! : found]
        }
      } else if (options.parse_options) readXml(text, { strict: true })
      if (options.store_xml) yield [target!, toSimple(readXml(text, { strict: true }).documentElement!, simple)]
    }

    return {
      filter(batch) {
        const written: { values: (readonly [FieldPath, Value])[]; problem?: string }[] = []
        runEach(
          batch.length,
          MILLIS,
          (index) => {
            const one: (typeof written)[number] = { values: [] }
            try {
              for (const value of results(batch[index]!)) one.values.push(value)
            } catch (error) {
              // The watchdog's own error must reach it.
              if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
              one.problem = error instanceof Error ? error.message : String(error)
            }
            written[index] = one
          },
          (index) => (written[index] = { values: [], problem: `reading it took over ${MILLIS} ms` }),
        )
        batch.forEach((event, index) => {
          const { values, problem } = written[index]!
          for (const [field, value] of values) event.set(field, value)
          if (problem !== undefined) {
            event.tag(FAILURE_TAG)
            context.logger.warn({ source: source.text }, `xml filter cannot read a document: ${problem}`)
          } else if (values.length > 0) context.matched(event)
        })
        return batch
      },
    }
  },
})

function compile(expression: string): ReturnType<typeof compileQuery> {
  try {
    return compileQuery(expression)
  } catch {
    throw fail('plugin.option_invalid', {
      option: 'xpath',
      expected: 'a hash whose names are XPath 1.0 expressions',
      value: expression,
    })
  }
}

/** The document: a string, or a list of one; undefined where there is none. @throws Error for anything else. */
function textOf(value: Value | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value) && value.length !== 1)
    throw new Error('the field holds a list of several values, or of none')
  const text = Array.isArray(value) ? value[0] : value
  if (typeof text !== 'string') throw new Error('the field holds no string')
  return text.trim() === '' ? undefined : text.trimStart()
}

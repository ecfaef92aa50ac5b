import { fail } from '../../../../diagnostic/index.ts'
import {
  dotted,
  ExpiringCache,
  shippedParser,
  UserAgentParser,
  type UserAgent,
  type Version,
} from '../../../../enrich/index.ts'
import { fieldPath, type Event, type FieldPath } from '../../../../event/index.ts'
import { option, type } from '../../../../settings/index.ts'
import { runEach } from '../../../grok/index.ts'
import { defineFilter } from '../../define.ts'
import { below, fieldReference } from '../field-option.ts'

/** What the expressions may take over one text; then it is left alone. */
const MILLIS = 1_000

export const useragent = defineFilter({
  name: 'useragent',
  summary: 'Tells browser, operating system and device from the text of a user agent.',
  options: {
    source: option(fieldReference, { required: true, describe: 'The field with the text; of a list, its first.' }),
    target: option(fieldReference, {
      describe: 'Where the fields go: the event itself, or with the names of ECS `user_agent`.',
    }),
    regexes: option(type.string, { describe: 'A `regexes.yaml` of ua-parser in place of the shipped one.' }),
    prefix: option(type.string, { default: '', describe: 'Put before each name; not with the names of ECS.' }),
    lru_cache_size: option(type.number({ integer: true, min: 1 }), {
      default: 100_000,
      describe: 'How many answers are kept.',
    }),
    ecs_compatibility: option(type.oneOf('disabled', 'v1', 'v8'), {
      describe: "Whose field names are written; the pipeline's setting by default.",
    }),
  },
  examples: [
    {
      title: 'a browser',
      config: 'source => "agent" target => "ua"',
      in: { agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0' },
      out: {
        agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0',
        ua: {
          name: 'Firefox',
          device: 'Other',
          major: '115',
          minor: '0',
          version: '115.0',
          os_name: 'Linux',
          os: 'Linux',
          os_full: 'Linux',
        },
      },
    },
    {
      title: 'with the names of ECS',
      config: 'source => "agent" ecs_compatibility => v8',
      in: { agent: 'curl/8.5.0' },
      out: {
        agent: 'curl/8.5.0',
        user_agent: { name: 'curl', device: { name: 'Other' }, version: '8.5.0', os: { name: 'Other', full: 'Other' } },
      },
    },
    { title: 'nothing there', config: 'source => "agent" add_tag => "x"', in: { a: 1 }, out: { a: 1 } },
  ],
  create(options, context) {
    const ecs = (options.ecs_compatibility ?? context.ecs) !== 'disabled'
    const { source, prefix } = options
    if (ecs && prefix !== '')
      context.notice("useragent: 'prefix' has no effect with the names of ECS, as in Logstash; leave it out")
    const target = options.target ?? (ecs ? fieldPath('user_agent') : undefined)
    const parser = open(options.regexes)
    const names = namesOf(target, ecs, prefix)
    const cache = new ExpiringCache<UserAgent>(options.lru_cache_size, context.clock)
    const replaced = target !== undefined && target.text === source.text

    function recognise(event: Event): UserAgent | undefined {
      const value = event.get(source)
      const text = Array.isArray(value) ? value[0] : value
      if (typeof text !== 'string' || text === '') return undefined
      const known = cache.get(text)
      if (known !== undefined) return known
      const found = parser.parse(text)
      const adjusted = { ...found, browser: withWholeVersion(found.browser, text) }
      cache.set(text, adjusted)
      return adjusted
    }

    return {
      filter(batch) {
        const found: (UserAgent | undefined)[] = []
        runEach(
          batch.length,
          MILLIS,
          (index) => (found[index] = recognise(batch[index]!)),
          (index) => {
            found[index] = undefined
            context.logger.warn({}, `the expressions took over ${MILLIS} ms for a user agent; it is left alone`)
          },
        )
        batch.forEach((event, index) => {
          const agent = found[index]
          if (agent === undefined) return
          if (replaced) event.remove(source)
          write(event, agent, names)
          context.matched(event)
        })
        return batch
      },
    }
  },
})

function open(path: string | undefined): UserAgentParser {
  if (path === undefined) return shippedParser()
  try {
    return new UserAgentParser(path)
  } catch (error) {
    throw fail('plugin.file_unreadable', { option: 'regexes', path, reason: (error as Error).message })
  }
}

type Name =
  | 'device'
  | 'major'
  | 'minor'
  | 'name'
  | 'os'
  | 'osFull'
  | 'osMajor'
  | 'osMinor'
  | 'osName'
  | 'osPatch'
  | 'osVersion'
  | 'patch'
  | 'version'

type Names = Readonly<Record<Name, FieldPath | undefined>>

/** Each field by the names of Logstash 7 and before, and by those of ECS, where parts of versions are only metadata. */
const FIELDS: Readonly<Record<Name, readonly [legacy: string, ecs: string | undefined]>> = {
  name: ['name', '[name]'],
  device: ['device', '[device][name]'],
  major: ['major', '[@metadata][filter][user_agent][version][major]'],
  minor: ['minor', '[@metadata][filter][user_agent][version][minor]'],
  patch: ['patch', '[@metadata][filter][user_agent][version][patch]'],
  version: ['version', '[version]'],
  osMajor: ['os_major', '[@metadata][filter][user_agent][os][version][major]'],
  osMinor: ['os_minor', '[@metadata][filter][user_agent][os][version][minor]'],
  osPatch: ['os_patch', '[@metadata][filter][user_agent][os][version][patch]'],
  osVersion: ['os_version', '[os][version]'],
  osName: ['os_name', '[os][name]'],
  os: ['os', undefined],
  osFull: ['os_full', '[os][full]'],
}

function namesOf(target: FieldPath | undefined, ecs: boolean, prefix: string): Names {
  const place = (written: string): FieldPath => {
    const path = fieldPath(written)
    return target === undefined || path.metadata ? path : below(target, path)
  }
  return Object.fromEntries(
    Object.entries(FIELDS).map(([name, [legacy, ecsName]]) => [
      name,
      ecs ? (ecsName === undefined ? undefined : place(ecsName)) : place(`[${prefix}${legacy}]`),
    ]),
  ) as Names
}

function write(event: Event, { browser, os, device }: UserAgent, names: Names): void {
  const set = (name: Name, value: string | undefined): void => {
    const path = names[name]
    if (path !== undefined && value !== undefined) event.set(path, value)
  }
  set('name', browser.family)
  set('device', device)
  set('major', browser.major)
  set('minor', browser.minor)
  set('patch', browser.patch)
  set('version', dotted(browser))
  set('osMajor', os.major)
  set('osMinor', os.minor)
  set('osPatch', os.patch)
  const version = osVersion(os)
  set('osVersion', version)
  set('osName', os.family)
  set('os', os.family)
  set('osFull', version === undefined ? os.family : `${os.family} ${version}`)
}

/** A version such as "Vista 1" has a space where one of numbers has a dot. */
function osVersion(os: Version): string | undefined {
  const { major, minor } = os
  if (major === undefined || minor === undefined || /^(?:0|-?[1-9]\d*)$/.test(major)) return dotted(os)
  return `${major} ${dotted({ ...os, major: minor, minor: os.patch, patch: os.patchMinor } as Version)}`
}

/** The fourth number, which most expressions do not capture, is taken from the text where it stands behind the third. */
function withWholeVersion(browser: Version, text: string): Version {
  if (browser.patch === undefined || browser.patchMinor !== undefined) return browser
  const version = dotted(browser)!
  const at = text.indexOf(version)
  if (at < 0) return browser
  const fourth = /^\.(0|[1-9]\d*) /.exec(text.slice(at + version.length))?.[1]
  return fourth === undefined ? browser : { ...browser, patchMinor: fourth }
}

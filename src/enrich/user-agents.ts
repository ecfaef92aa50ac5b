import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export interface Version {
  readonly family: string
  readonly major?: string
  readonly minor?: string
  readonly patch?: string
  readonly patchMinor?: string
}

export interface UserAgent {
  readonly browser: Version
  readonly os: Version
  readonly device: string
}

interface Rule {
  readonly pattern: RegExp
  /** For family, major, minor, patch and patch minor: the text that takes the place of the capture. */
  readonly replacements: readonly (string | undefined)[]
}

/** Which members of the file replace the captures, in their order. */
const REPLACEMENTS = {
  user_agent_parsers: ['family_replacement', 'v1_replacement', 'v2_replacement', 'v3_replacement', 'v4_replacement'],
  os_parsers: ['os_replacement', 'os_v1_replacement', 'os_v2_replacement', 'os_v3_replacement', 'os_v4_replacement'],
  device_parsers: ['device_replacement'],
} as const

/**
 * Recognises user agents by a `regexes.yaml` of the ua-parser project: in each of its three lists the first expression
 * that matches decides. Source: uap-core, docs/specification.md.
 */
export class UserAgentParser {
  private readonly browsers: readonly Rule[]
  private readonly systems: readonly Rule[]
  private readonly devices: readonly Rule[]

  /**
   * `systems` are asked before those of the file.
   * @throws Error that says what is wrong with the file.
   */
  constructor(path: string, systems: readonly Rule[] = []) {
    const file = parse(readFileSync(path, 'utf8')) as Record<string, unknown> | null
    this.browsers = rulesOf(file, 'user_agent_parsers')
    this.systems = [...systems, ...rulesOf(file, 'os_parsers')]
    this.devices = rulesOf(file, 'device_parsers')
  }

  parse(text: string): UserAgent {
    return {
      browser: versionOf(this.browsers, text),
      os: versionOf(this.systems, text),
      device: versionOf(this.devices, text).family,
    }
  }
}

/** uap-core 0.18 takes the digits of "Mac OS X Version 10.14.4 (Build 18E226)" from the build. */
const MAC_BUILD: Rule = {
  pattern: /(Mac OS X) Version (\d+)\.(\d+)(?:\.(\d+))? \(Build /,
  replacements: [],
}

let shipped: UserAgentParser | undefined

/** The expressions that ship, read once for all filters. */
export function shippedParser(): UserAgentParser {
  if (shipped === undefined) {
    shipped = new UserAgentParser(fileURLToPath(import.meta.resolve('uap-core/regexes.yaml')), [MAC_BUILD])
    // Expressions are compiled when they are first tried: not within the time that a text may take.
    shipped.parse('none')
  }
  return shipped
}

function rulesOf(file: Record<string, unknown> | null, list: keyof typeof REPLACEMENTS): Rule[] {
  const entries: unknown = file?.[list]
  if (!Array.isArray(entries)) throw new Error(`it has no list '${list}'`)
  return (entries as Record<string, unknown>[]).map((entry, index) => {
    const { regex, regex_flag: flag } = entry
    if (typeof regex !== 'string') throw new Error(`entry ${index + 1} of '${list}' has no 'regex'`)
    let pattern: RegExp
    try {
      pattern = new RegExp(regex, flag === 'i' ? 'i' : '')
    } catch (error) {
      throw new Error(`entry ${index + 1} of '${list}': ${(error as Error).message}`, { cause: error })
    }
    return {
      pattern,
      replacements: REPLACEMENTS[list].map((name) => (entry[name] === undefined ? undefined : String(entry[name]))),
    }
  })
}

function versionOf(rules: readonly Rule[], text: string): Version {
  for (const { pattern, replacements } of rules) {
    const match = pattern.exec(text)
    if (match === null) continue
    const [family, major, minor, patch, patchMinor] = [0, 1, 2, 3, 4].map((at) => {
      const replacement = replacements[at]
      const value = replacement === undefined ? match[at + 1] : fill(replacement, match)
      return value === '' ? undefined : value
    })
    return {
      family: family ?? 'Other',
      ...(major === undefined ? {} : { major }),
      ...(minor === undefined ? {} : { minor }),
      ...(patch === undefined ? {} : { patch }),
      ...(patchMinor === undefined ? {} : { patchMinor }),
    }
  }
  return { family: 'Other' }
}

function fill(replacement: string, match: RegExpExecArray): string {
  return replacement.replace(/\$(\d)/g, (_, digit: string) => match[Number(digit)] ?? '').trim()
}

/** The parts of a version that there are, as `1.2.3`; undefined without the first. */
export function dotted({ major, minor, patch, patchMinor }: Version): string | undefined {
  if (major === undefined) return undefined
  if (minor === undefined) return major
  if (patch === undefined) return `${major}.${minor}`
  return patchMinor === undefined ? `${major}.${minor}.${patch}` : `${major}.${minor}.${patch}.${patchMinor}`
}

import { readPatternFolder, shippedPatterns } from './library.ts'
import { compilePattern, type GrokPattern, type GrokPatternOptions } from './pattern.ts'

export { readPatternFolder, shippedPatterns, type PatternGeneration, type Patterns } from './library.ts'
export {
  coerceCapture,
  parseRubyInteger,
  type GrokCapture,
  type GrokPattern,
  type GrokPatternOptions,
} from './pattern.ts'
export { explainMismatch, mismatchReason, type GrokExplanation } from './explain.ts'
export { compileRubyRegex } from './ruby-regex.ts'
export { runEach, withWatchdog } from '../../clock/index.ts'

export interface GrokOptions extends GrokPatternOptions {
  /** Definitions that come before all others. */
  readonly patterns?: Readonly<Record<string, string>> | ReadonlyMap<string, string>
  /** Folders of pattern files; later ones come before earlier ones, all before the shipped library. */
  readonly patternsDirs?: readonly string[]
  /** Which files of the folders; all by default. */
  readonly patternsFilesGlob?: string
  /** Whose names the shipped patterns' captures have; `disabled` by default. */
  readonly ecs?: 'disabled' | 'v1' | 'v8'
}

/** Compiles grok patterns over one library. */
export interface Grok {
  readonly patterns: ReadonlyMap<string, string>
  /** @throws DiagnosticError with the place in the pattern. */
  compile(pattern: string): GrokPattern
}

/** @throws DiagnosticError where a folder cannot be read. */
export function createGrok(options: GrokOptions = {}): Grok {
  const patterns = new Map(shippedPatterns((options.ecs ?? 'disabled') === 'disabled' ? 'legacy' : 'ecs-v1'))
  for (const folder of options.patternsDirs ?? [])
    for (const [name, regex] of readPatternFolder(folder, options.patternsFilesGlob)) patterns.set(name, regex)
  const own = options.patterns ?? {}
  for (const [name, regex] of own instanceof Map ? own : Object.entries(own)) patterns.set(name, regex as string)
  return { patterns, compile: (pattern) => compilePattern(pattern, patterns, options) }
}

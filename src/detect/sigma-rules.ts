import { mkdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '../alert/index.ts'
import type { Clock, Timer } from '../clock/index.ts'
import {
  DiagnosticError,
  fail,
  formatDiagnostic,
  type Diagnostic,
  type Logger,
  type Source,
} from '../diagnostic/index.ts'
import type { ValueObject } from '../event/index.ts'
import { readIfThere, replaceFile } from '../journal/index.ts'
import type { Detector, SeenEvent } from './detector.ts'
import {
  createSigmaDetector,
  parsePipelines,
  parseRules,
  RuleFiles,
  runningRules,
  type Pipeline,
  type RunningRule,
  type SigmaDetector,
  type SigmaRule,
  type WindowsStatus,
} from './sigma/index.ts'

/** `simulated`: judged and shown, told to nobody. */
export const RULE_STATES = ['enabled', 'disabled', 'simulated'] as const
export type RuleState = (typeof RULE_STATES)[number]

/** Where a rule comes from: with Vedetta, from the folder of the settings, or by `add`. */
type Origin = 'shipped' | 'own' | 'added'

export interface SigmaRulesOptions {
  /** Folders of rules that ship; what is below `optional` is not enabled unless somebody does so. */
  readonly shipped: readonly string[]
  /** Folders or files of the user. */
  readonly own: readonly string[]
  readonly pipelines: readonly string[]
  /** Milliseconds of event time that events wait for earlier ones. */
  readonly lateness: number
  /** Whether a rule that costs too much is disabled. */
  readonly switchOff: boolean
  readonly clock: Clock
  readonly logger: Logger
  /** `path.data`: added rules lie in `rules/`, the states of rules in `detect/rules.json`. */
  readonly dataPath: string
}

/** A rule as lists show it. */
export interface RuleView {
  readonly rule: RunningRule
  readonly origin: Origin
  readonly state: RuleState
  /** Whether it raises alerts of its own, which a rule does not that a correlation builds on. */
  readonly alerts: boolean
  readonly hits: number
  /** Events that it was tried on after routing. */
  readonly asked: number
  /** Milliseconds of a core, estimated. */
  readonly millis: number
  /** Searches of regular expressions that took too long, and were taken for ones that find nothing. */
  readonly timeouts: number
}

const REFRESH_MILLIS = 10_000
const COST_MILLIS = 60_000
/** Share of a core over a minute that is too much for one rule. */
const COST_LIMIT = 0.05

/**
 * The Sigma rules of an installation as one detector: from files that are read again where they change, each enabled,
 * disabled or simulated.
 */
export class SigmaRules implements Detector {
  readonly name = 'sigma'
  private readonly options: SigmaRulesOptions
  private readonly detector: SigmaDetector
  private readonly files: Readonly<Record<Origin, RuleFiles<SigmaRule>>>
  private readonly pipelines: RuleFiles<Pipeline>
  private states = new Map<string, RuleState>()
  private rules: { readonly rule: SigmaRule; readonly origin: Origin }[] = []
  private muted = new Set<string>()
  private simulated = new Set<string>()
  private timer: Timer | undefined
  private stopped = false
  private busy: Promise<unknown> = Promise.resolve()
  private costAt = 0
  private costs = new Map<string, number>()
  /** Event time since when a rule costs too much. */
  private readonly costlySince = new Map<string, number>()

  constructor(options: SigmaRulesOptions) {
    this.options = options
    const read = (source: Parameters<typeof parseRules>[0]) => {
      const { rules, problems } = parseRules(source)
      return { items: rules, problems }
    }
    this.files = {
      shipped: new RuleFiles(options.shipped, read),
      own: new RuleFiles(options.own, read),
      added: new RuleFiles([this.addedFolder], read),
    }
    this.pipelines = new RuleFiles(options.pipelines, (source) => {
      const { pipelines, problems } = parsePipelines(source)
      return { items: pipelines, problems }
    })
    this.detector = createSigmaDetector([], {
      lateness: options.lateness,
      monotonic: () => options.clock.monotonic(),
    })
    this.costAt = options.clock.monotonic()
  }

  private get addedFolder(): string {
    return join(this.options.dataPath, 'rules')
  }

  private get statesPath(): string {
    return join(this.options.dataPath, 'detect', 'rules.json')
  }

  /** Reads everything; what is wrong is logged, and the rest runs. */
  async open(): Promise<void> {
    for (const folder of [this.addedFolder, join(this.options.dataPath, 'detect')])
      await mkdir(folder, { recursive: true, mode: 0o700 })
    await this.readStates()
    await this.refresh(true)
    this.again()
  }

  private again(): void {
    this.timer = this.options.clock.after(REFRESH_MILLIS, () => {
      if (!this.stopped) void this.lookAfter()
    })
  }

  private async lookAfter(): Promise<void> {
    try {
      await this.reload()
    } catch (error) {
      this.options.logger.error({ err: error }, 'the rules cannot be read again')
    }
    if (!this.stopped) this.again()
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.timer?.cancel()
    await this.busy.catch(() => undefined)
  }

  /** One change after the other. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.busy.catch(() => undefined).then(work)
    this.busy = turn
    return turn
  }

  /** Reads files that have changed, now. */
  reload(): Promise<void> {
    return this.inTurn(() => this.refresh(false))
  }

  private async refresh(first: boolean): Promise<void> {
    const read = await Promise.all([...Object.values(this.files), this.pipelines].map((files) => files.refresh()))
    if (!first && !read.some(({ changed }) => changed)) {
      this.log(read.flatMap(({ problems }) => problems))
      return
    }
    this.log([...read.flatMap(({ problems }) => problems), ...this.apply()])
    if (!first) this.options.logger.info({ rules: this.rules.length }, 'the rules were read again')
  }

  private log(problems: readonly Diagnostic[]): void {
    for (const problem of problems)
      this.options.logger[problem.severity === 'error' ? 'error' : 'warn']({}, formatDiagnostic(problem))
  }

  /** Puts the rules in place as their states say. */
  private apply(): readonly Diagnostic[] {
    // Of rules with one id the user's stands before the shipped one.
    const byId = new Map<string, { rule: SigmaRule; origin: Origin }>()
    const all = (['added', 'own', 'shipped'] as const).flatMap((origin) =>
      this.files[origin].items.map((rule) => ({ rule, origin })),
    )
    this.rules = all.filter((one) => {
      const before = byId.get(one.rule.id)
      if (before !== undefined && before.origin !== one.origin) return false
      byId.set(one.rule.id, one)
      return true
    })
    const { running, muted } = runningRules(
      this.rules.map(({ rule, origin }) => ({ rule, disabled: this.stateOf(rule, origin) === 'disabled' })),
    )
    this.muted = muted
    this.simulated = new Set(
      this.rules.filter(({ rule, origin }) => this.stateOf(rule, origin) === 'simulated').map(({ rule }) => rule.id),
    )
    return this.detector.replace(running, this.pipelines.items)
  }

  private stateOf(rule: SigmaRule, origin: Origin): RuleState {
    const optional = origin === 'shipped' && /[\\/]optional[\\/]/.test(rule.span.source.name)
    return this.states.get(rule.id) ?? (optional ? 'disabled' : 'enabled')
  }

  private async readStates(): Promise<void> {
    try {
      const text = await readIfThere(this.statesPath)
      const states: unknown = text === undefined ? {} : JSON.parse(text.toString('utf8'))
      for (const [id, state] of Object.entries(states as Record<string, unknown>))
        if (RULE_STATES.includes(state as RuleState)) this.states.set(id, state as RuleState)
    } catch (error) {
      this.options.logger.error({ err: error }, 'the states of the rules cannot be read: each is as it ships')
    }
  }

  /** The rules that can be judged by; filters are not listed. */
  list(): RuleView[] {
    const counted = new Map(this.detector.rules().map((status) => [status.rule.id, status]))
    const built = new Set(
      this.rules.flatMap(({ rule }) => (rule.kind === 'correlation' && !rule.generate ? rule.rules : [])),
    )
    return this.rules.flatMap(({ rule, origin }) => {
      if (rule.kind === 'filter') return []
      const { hits = 0, asked = 0, millis = 0, timeouts = 0 } = counted.get(rule.id) ?? {}
      const alerts = !built.has(rule.id) && (rule.name === undefined || !built.has(rule.name))
      return [{ rule, origin, state: this.stateOf(rule, origin), alerts, hits, asked, millis, timeouts }]
    })
  }

  /** @throws DiagnosticError where there is none */
  get(id: string): RuleView {
    const found = this.list().find(({ rule }) => rule.id === id || rule.name === id)
    if (found === undefined) throw fail('sigma.unknown_rule', { id })
    return found
  }

  /** Those that run, filters among them. */
  get enabled(): SigmaRule[] {
    return this.rules.flatMap(({ rule, origin }) => (this.stateOf(rule, origin) === 'disabled' ? [] : [rule]))
  }

  /**
   * A detector apart from the live one, to judge the past by: of one rule, whatever its state, and what it builds on.
   * @throws DiagnosticError where there is no such rule
   */
  trial(id: string): { rule: RunningRule; detector: SigmaDetector } {
    const { rule } = this.get(id)
    const wanted = new Set<SigmaRule>(this.rules.flatMap(({ rule: one }) => (one.kind === 'filter' ? [one] : [])))
    const want = (one: SigmaRule): void => {
      if (wanted.has(one)) return
      wanted.add(one)
      const names = one.kind === 'correlation' ? one.rules : []
      for (const { rule: other } of this.rules)
        if (names.includes(other.id) || (other.name !== undefined && names.includes(other.name))) want(other)
    }
    want(rule)
    const detector = createSigmaDetector([], { lateness: this.options.lateness })
    detector.replace([...wanted], this.pipelines.items)
    return { rule, detector }
  }

  /** How full the windows of a correlation are; undefined for other rules. */
  windows(id: string): WindowsStatus | undefined {
    return this.detector.windows(id)
  }

  /** What is wrong with files and rules. */
  get problems(): Diagnostic[] {
    const files = [...Object.values(this.files), this.pipelines].flatMap((file) => file.problems)
    return [...files, ...this.detector.problems]
  }

  /** @throws DiagnosticError for a rule that does not exist */
  set(id: string, state: RuleState): Promise<RuleView> {
    return this.inTurn(async () => {
      const { rule } = this.get(id)
      this.states.set(rule.id, state)
      await this.saveStates()
      this.log(this.apply())
      return this.get(rule.id)
    })
  }

  private saveStates(): Promise<void> {
    return replaceFile(this.statesPath, `${JSON.stringify(Object.fromEntries(this.states), undefined, 2)}\n`)
  }

  /**
   * Adds files of rules.
   * @throws DiagnosticError with every problem of the rules, of which none is added then
   */
  add(files: readonly Source[], state: RuleState): Promise<RuleView[]> {
    return this.inTurn(async () => {
      for (const { name } of files)
        if (!/^\w[\w.-]{0,150}\.ya?ml$/.test(name)) throw fail('sigma.file_name', { name: name.slice(0, 160) })
      const { rules, problems } = this.check(files)
      const errors = problems.filter(({ severity }) => severity === 'error')
      if (errors.length > 0) throw new DiagnosticError(errors)
      for (const { id } of rules) this.states.set(id, state)
      await this.saveStates()
      for (const { name, text } of files) await replaceFile(join(this.addedFolder, name), text)
      await this.refresh(false)
      const ids = new Set(rules.map(({ id }) => id))
      return this.list().filter(({ rule }) => ids.has(rule.id))
    })
  }

  /** What files of rules hold, and what is wrong with them beside the rules that are there; nothing is added. */
  check(files: readonly Source[]): { rules: readonly SigmaRule[]; problems: readonly Diagnostic[] } {
    const parsed = files.map((file) => parseRules(file))
    const rules = parsed.flatMap((one) => one.rules)
    const problems = [
      ...parsed.flatMap((one) => [...one.problems, ...one.doubts]),
      ...createSigmaDetector(this.together(rules), { pipelines: this.pipelines.items }).problems,
    ]
    return { rules, problems: problems.filter(({ span }) => files.some(({ name }) => span?.source.name === name)) }
  }

  /** With the rules that are there already, which correlations may name. */
  private together(rules: readonly SigmaRule[]): SigmaRule[] {
    const ids = new Set(rules.map(({ id }) => id))
    return [...this.rules.map(({ rule }) => rule).filter(({ id }) => !ids.has(id)), ...rules]
  }

  /** Takes out the file that a rule was added with. @throws DiagnosticError where it was not added */
  remove(id: string): Promise<void> {
    return this.inTurn(async () => {
      const { rule, origin } = this.get(id)
      if (origin !== 'added') throw fail('sigma.not_added', { id })
      const file = rule.span.source.name
      await unlink(file)
      for (const one of this.rules) if (one.rule.span.source.name === file) this.states.delete(one.rule.id)
      await this.saveStates()
      await this.refresh(false)
    })
  }

  get stats(): Readonly<Record<string, number>> {
    return { ...this.detector.stats, simulated: this.simulated.size }
  }

  see(events: readonly SeenEvent[]): Finding[] {
    return this.told(this.detector.see(events))
  }

  tick(now: number): Finding[] {
    return [...this.told(this.detector.tick(now)), ...this.costly(now)]
  }

  private told(findings: Finding[]): Finding[] {
    if (findings.length === 0 || (this.muted.size === 0 && this.simulated.size === 0)) return findings
    return findings
      .filter(({ rule }) => !this.muted.has(rule.id))
      .map((finding) => (this.simulated.has(finding.rule.id) ? { ...finding, simulated: true } : finding))
  }

  /** Rules that took more than their share of the last minute. */
  private costly(now: number): Finding[] {
    const monotonic = this.options.clock.monotonic()
    const passed = monotonic - this.costAt
    if (passed < COST_MILLIS) return []
    this.costAt = monotonic
    const before = this.costs
    const counted = this.detector.rules()
    this.costs = new Map(counted.map(({ rule, millis }) => [rule.id, millis]))
    return counted.flatMap(({ rule, millis }) => {
      const share = (millis - (before.get(rule.id) ?? 0)) / passed
      const since = this.costlySince.get(rule.id)
      if (share <= COST_LIMIT) {
        this.costlySince.delete(rule.id)
        return since === undefined ? [] : [costFinding(rule, share, { since, now, phase: 'end' })]
      }
      this.costlySince.set(rule.id, since ?? now)
      if (this.options.switchOff)
        void this.set(rule.id, 'disabled').catch((error: unknown) =>
          this.options.logger.error({ err: error }, 'a rule cannot be disabled'),
        )
      return [costFinding(rule, share, { since: since ?? now, now, phase: since === undefined ? 'open' : 'update' })]
    })
  }

  snapshot(): ValueObject | Uint8Array {
    return this.detector.snapshot()
  }

  restore(state: Uint8Array | ValueObject): void {
    this.detector.restore(state)
  }
}

interface CostEpisode {
  readonly since: number
  readonly now: number
  readonly phase: Finding['phase']
}

function costFinding({ id, title }: RunningRule, share: number, { since, now, phase }: CostEpisode): Finding {
  const percent = Math.round(share * 100)
  return {
    rule: { id: 'vedetta.rule_cost', name: 'A rule costs too much', kind: 'sigma' },
    entity: { field: 'rule.id', value: id },
    episodeStart: since,
    time: now,
    first: since,
    last: now,
    phase,
    severity: 'medium',
    count: percent,
    threshold: COST_LIMIT * 100,
    reason: `the rule '${title}' took ${percent} % of a core in the last minute`,
    culprits: [],
    targets: [],
    evidence: [],
    fields: Object.create(null) as ValueObject,
  }
}

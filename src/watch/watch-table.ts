import { DiagnosticError, type Diagnostic } from '../diagnostic/index.ts'
import { stringifyJson, Timestamp, type Value, type ValueObject } from '../event/index.ts'
import { readAll, WATCHES, type StoredWatch } from './documents.ts'
import { Exclusive, spreadAnchor, type LiveWatch } from './live-watch.ts'
import type { Watch } from './model.ts'
import { readWatchValue } from './read-watch.ts'
import { WatchSecrets } from './secrets.ts'
import { WatchStatus } from './status.ts'
import type { WatchDocuments } from './watch-documents.ts'
import type { WatcherOptions } from './watcher.ts'

/** The watches that this process knows, each as the store has it; where others share the store, it follows them. */
export class WatchTable {
  readonly live = new Map<string, LiveWatch>()
  readonly exclusive = new Exclusive()
  private readonly options: WatcherOptions
  private readonly documents: WatchDocuments
  /** Whether this process runs the watches: then its own status is the newest, but for what people decided elsewhere. */
  private readonly leads: () => boolean
  /** Called for each watch that is new or changed. */
  private readonly placed: (live: LiveWatch) => void
  /** Versions of watches that cannot be read, so that each is told of once. */
  private readonly unreadable = new Map<string, number>()

  constructor(
    options: WatcherOptions,
    documents: WatchDocuments,
    leads: () => boolean,
    placed: (live: LiveWatch) => void,
  ) {
    this.options = options
    this.documents = documents
    this.leads = leads
    this.placed = placed
  }

  read(id: string, definition: Value): { watch: Watch; notices: readonly Diagnostic[] } {
    const { watch, diagnostics, script } = readWatchValue(id, definition, this.options.scripts)
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    if (watch === undefined) throw Object.assign(new DiagnosticError(errors), { cause: script })
    return { watch, notices: diagnostics }
  }

  /** Takes all that the store has; a watch of a file that this process had and has no more is removed. */
  async load(): Promise<void> {
    for (const stored of await readAll(this.options.store, WATCHES)) {
      if (this.live.has(stored.id)) continue
      if (stored.body['file'] !== undefined && this.isOwn(stored.body['file_owner']))
        await this.documents.remove(stored.id)
      else await this.adopt(stored)
    }
  }

  /** Brings every watch up to what other processes stored since. */
  async sync(): Promise<void> {
    const stored = await readAll(this.options.store, WATCHES, { bodies: false })
    const there = new Set(stored.map(({ id }) => id))
    const changed = stored.filter(({ id, seqNo, primaryTerm }) => {
      const live = this.live.get(id)
      return live === undefined
        ? this.unreadable.get(id) !== seqNo
        : live.seqNo !== seqNo || live.primaryTerm !== primaryTerm
    })
    const gone = [...this.live.keys()].filter((id) => !there.has(id))
    for (const id of [...changed.map(({ id: one }) => one), ...gone])
      await this.exclusive.do(id, () => this.refresh(id))
  }

  /** The same for one watch; for work that has it to itself. */
  async refresh(id: string): Promise<void> {
    const stored = await this.documents.get(id)
    const live = this.live.get(id)
    if (stored === undefined) {
      if (live !== undefined) this.drop(live)
      return
    }
    if (live === undefined) return this.adopt(stored)
    const { version, seqNo, primaryTerm } = stored
    if (live.seqNo === seqNo && live.primaryTerm === primaryTerm) return
    if (!this.isSame(live.watch, stored)) return this.adopt(stored)
    const status = WatchStatus.from(stored.body['status'], live.watch, this.now())
    if (!this.leads()) {
      this.replace({ ...live, status, version, seqNo, primaryTerm })
      return
    }
    live.status.takeDecisions(status)
    Object.assign(live, { version, seqNo, primaryTerm })
    this.placed(live)
  }

  replace(next: Omit<LiveWatch, 'timer' | 'next' | 'run'>): LiveWatch {
    const before = this.live.get(next.watch.id)
    if (before !== undefined) this.drop(before)
    const { watch, status, file, owner, anchor, version, seqNo, primaryTerm } = next
    const live: LiveWatch = { watch, status, file, owner, anchor, version, seqNo, primaryTerm }
    // A run of the definition before is waited for: a watch never overlaps itself.
    if (before?.run !== undefined) {
      const run = before.run.finally(() => {
        if (live.run === run) delete live.run
      })
      live.run = run
    }
    this.live.set(watch.id, live)
    this.placed(live)
    return live
  }

  drop(live: LiveWatch): void {
    live.timer?.cancel()
    if (this.live.get(live.watch.id) === live) this.live.delete(live.watch.id)
  }

  /** True for what belongs to a file of this process, not of another on the same store. */
  isOwn(owner: Value | undefined): boolean {
    return owner === undefined || owner === this.options.shared?.holder
  }

  private async adopt(stored: StoredWatch): Promise<void> {
    const { id, body } = stored
    try {
      const { watch } = this.read(id, this.definitionOf(stored))
      const status = WatchStatus.from(body['status'], watch, this.now())
      const [file, owner] = [textOf(body['file']), textOf(body['file_owner'])]
      const { version, seqNo, primaryTerm } = stored
      const live = { watch, status, file, owner, anchor: spreadAnchor(id, this.options.clock.now()), version, seqNo, primaryTerm } // prettier-ignore
      this.replace(WatchSecrets.isClear(sealed(body)) ? { ...live, ...(await this.documents.save(live)) } : live)
      this.unreadable.delete(id)
    } catch (error) {
      const before = this.live.get(id)
      if (before !== undefined) this.drop(before)
      this.unreadable.set(id, stored.seqNo)
      this.options.logger.error({ watch: id }, `the stored watch '${id}' cannot run: ${(error as Error).message}`)
    }
  }

  private isSame(watch: Watch, stored: StoredWatch): boolean {
    try {
      return stringifyJson(this.definitionOf(stored)) === stringifyJson(watch.source)
    } catch {
      return false
    }
  }

  private definitionOf({ id, body }: StoredWatch): ValueObject {
    return this.documents.secrets.unseal(id, sealed(body))
  }

  private now(): Timestamp {
    return Timestamp.fromMillis(this.options.clock.now())
  }
}

/** The definition of a document, its secrets encrypted. */
function sealed(body: ValueObject): ValueObject {
  const { status: _status, file: _file, file_owner: _owner, ...definition } = body
  return definition as ValueObject
}

function textOf(value: Value | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

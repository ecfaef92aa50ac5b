import { DiagnosticError, fail } from '../diagnostic/index.ts'
import { isObject, stringifyJson, type Value } from '../event/index.ts'
import type { Store } from '../search/index.ts'

/** A script or template that a watch names by its id: it is looked up before each run, so that a change of it counts. */
export class StoredScript<T> {
  private readonly id: string
  private readonly compile: (source: string, lang: string) => T
  private source: string | undefined
  private compiled: T | undefined

  constructor(id: string, compile: (source: string, lang: string) => T) {
    this.id = id
    this.compile = compile
  }

  /** @throws DiagnosticError where the store has no script of that id, or it does not compile */
  async load(store: Store): Promise<void> {
    const script = (await store.getResources('script', this.id))[this.id]
    const text: Value | undefined = isObject(script) ? script['source'] : undefined
    if (!isObject(script) || text === undefined)
      throw fail('watch.run', { reason: `unable to find script [${this.id}] in cluster state` })
    const source = typeof text === 'string' ? text : stringifyJson(text)
    if (source === this.source) return
    this.source = undefined
    try {
      this.compiled = this.compile(source, String(script['lang']))
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      throw fail('watch.run', { reason: `the stored script [${this.id}]: ${error.message}` })
    }
    this.source = source
  }

  get value(): T {
    if (this.compiled === undefined) throw fail('watch.run', { reason: `unable to find script [${this.id}]` })
    return this.compiled
  }
}

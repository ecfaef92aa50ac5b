import { Double, newObject, parseJson, type Value, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { ScriptState, type CompiledScript, type ScriptVariable } from '../../../script/index.ts'
import type { ScriptedMetricParameters } from '../../dsl/metric-tree.ts'
import { ColumnLookup } from '../evaluator/doc-lookup.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import type { Collector } from './collector.ts'

/** What the scripts of one aggregation may use in all, over every document: steps, and entries and characters. */
const MOST_STEPS = 500_000_000
const MOST_ALLOCATIONS = 50_000_000

/** Scripts keep a state for each bucket and index, make one value of it, and one of the values of all indices. */
export class ScriptedMetricCollector implements Collector {
  private readonly parameters: ScriptedMetricParameters
  private readonly states: Map<string, ScriptState>[] = []
  private readonly results: (Value | undefined)[] = []
  private steps = MOST_STEPS
  private allocations = MOST_ALLOCATIONS
  private view: SegmentView | undefined
  private lookup: ColumnLookup | undefined

  constructor(parameters: ScriptedMetricParameters) {
    this.parameters = parameters
  }

  segment(view: SegmentView): void {
    this.view = view
    this.lookup = new ColumnLookup(view.mapping, view.segment)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const { map } = this.parameters
    const { index, segment } = this.view!
    const doc = this.lookup!
    for (let i = 0; i < length; i++) {
      const states = (this.states[owners[i]!] ??= new Map())
      let state = states.get(index)
      if (state === undefined) states.set(index, (state = this.fresh()))
      doc.document = documents[i]!
      this.run(map, map.readsSource ? { state, doc, _source: parseJson(segment.source(doc.document)) } : { state, doc })
    }
  }

  private fresh(): ScriptState {
    const state = new ScriptState()
    if (this.parameters.init !== undefined) this.run(this.parameters.init, { state })
    return state
  }

  private run(script: CompiledScript, variables: Record<string, ScriptVariable>): Value {
    if (this.steps <= 0 || this.allocations <= 0)
      throw fail('search.aggregation_execution', {
        reason: `the scripts of a scripted_metric aggregation may take ${MOST_STEPS} steps and ${MOST_ALLOCATIONS} characters and entries in all`,
      })
    return script.run(variables, {
      spent: ({ steps, allocations }) => {
        this.steps -= steps
        this.allocations -= allocations
      },
    })
  }

  private made(owner: number): Value {
    let result = this.results[owner]
    if (result === undefined) {
      const { combine, reduce } = this.parameters
      const states = this.states[owner] ?? new Map([['', this.fresh()]])
      const values = [...states.values()].map((state) => this.run(combine, { state }))
      this.results[owner] = result = this.run(reduce, { states: values })
    }
    return result
  }

  value(owner: number): number {
    const value = this.made(owner)
    return value instanceof Double ? value.value : typeof value === 'number' ? value : NaN
  }

  result(owner: number): ValueObject {
    return Object.assign(newObject(), { value: this.made(owner) })
  }
}

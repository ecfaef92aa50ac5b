/** significant_terms: the values that are more frequent among the documents found than among all. */
import { double, newObject, type ValueObject } from '../../../event/index.ts'
import type { Aggregation } from '../../dsl/index.ts'
import type { Significance, SignificantTermsParameters } from '../../dsl/aggregation-tree.ts'
import { contains, intersect, run } from '../evaluator/doc-set.ts'
import { matchQuery } from '../evaluator/filter.ts'
import { visibleSet } from '../evaluator/visible.ts'
import { MAX_BUCKETS, type AggregationContext } from './collector.ts'
import { Totals } from './pair-table.ts'
import { TermsCollector } from './terms.ts'

interface Background {
  /** Documents there are. */
  readonly size: number
  /** Of them, those with a value, by its global ordinal. */
  readonly counts: ReadonlyMap<number, number>
}

export class SignificantTermsCollector extends TermsCollector {
  private readonly own: SignificantTermsParameters
  private readonly ownerSizes = new Totals()
  private background: Background | undefined

  constructor(aggregation: Aggregation, parameters: SignificantTermsParameters, context: AggregationContext) {
    const { field, include, exclude, format, minDocCount } = parameters
    super(
      aggregation,
      {
        type: 'terms',
        field,
        missing: undefined,
        include,
        exclude,
        format,
        order: [],
        // All candidates are held against each other; the best are chosen by score.
        minDocCount: Math.max(1, minDocCount),
        size: MAX_BUCKETS,
      },
      context,
      parameters.type === 'significant_text',
    )
    this.own = parameters
  }

  override collect(documents: Int32Array, owners: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) {
      this.ownerSizes.reserve(owners[i]!)
      this.ownerSizes.values[owners[i]!]!++
    }
    super.collect(documents, owners, length)
  }

  protected override choose(candidates: readonly number[], owner: number): number[] {
    return candidates
      .map((bucket) => ({ bucket, score: this.score(bucket, owner) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || this.counts.get(b.bucket) - this.counts.get(a.bucket))
      .slice(0, this.own.size)
      .map(({ bucket }) => bucket)
  }

  private score(bucket: number, owner: number): number {
    const background = this.ofAll()
    return scoreOf(this.own.significance, {
      subset: this.counts.get(bucket),
      subsetSize: this.ownerSizes.get(owner),
      superset: background.counts.get(this.pairs.keys[bucket]!) ?? 0,
      supersetSize: background.size,
    })
  }

  /** Counted once, when the first result is asked for. */
  private ofAll(): Background {
    if (this.background !== undefined) return this.background
    const counts = new Map<number, number>()
    let size = 0
    const { now, segments } = this.context
    for (const part of segments) {
      const { documents } = part
      let set = visibleSet(part, now) ?? run(0, documents)
      if (this.own.background !== undefined)
        set = intersect(
          set,
          matchQuery(this.own.background, { ...part, now, from: 0, to: documents, scoring: false }).set,
          documents,
        )
      const all: number[] = []
      for (let d = 0; d < documents; d++) if (contains(set, d)) all.push(d)
      size += all.length
      this.expander.expand(this.columnIn(part), Int32Array.from(all), new Int32Array(all.length), all.length)
      for (let i = 0; i < this.expander.length; i++) {
        const global = this.expander.globals[i]!
        counts.set(global, (counts.get(global) ?? 0) + 1)
      }
    }
    return (this.background = { size, counts })
  }

  override result(owner: number): ValueObject {
    const terms = super.result(owner)
    const json = newObject()
    json['doc_count'] = this.ownerSizes.get(owner)
    json['bg_count'] = this.ofAll().size
    json['buckets'] = terms['buckets']!
    return json
  }

  protected override extras(body: ValueObject, bucket: number, owner: number): void {
    body['score'] = double(this.score(bucket, owner))
    body['bg_count'] = this.ofAll().counts.get(this.pairs.keys[bucket]!) ?? 0
  }
}

interface Frequencies {
  readonly subset: number
  readonly subsetSize: number
  readonly superset: number
  readonly supersetSize: number
}

/** The heuristics of Elasticsearch: JLH, mutual information, chi square, Google normalized distance, percentage. */
function scoreOf({ kind, superset, negatives }: Significance, all: Frequencies): number {
  const { subset, subsetSize, supersetSize } = all
  // A background that is no superset may lack a value: then it counts as rare, not as infinitely rare.
  const outer = Math.max(1, all.superset)
  if (subsetSize === 0 || supersetSize === 0) return 0
  switch (kind) {
    case 'percentage':
      return all.superset === 0 ? 0 : subset / all.superset
    case 'jlh': {
      const [inside, outside] = [subset / subsetSize, outer / supersetSize]
      return inside <= outside ? 0 : (inside - outside) * (inside / outside)
    }
    default: {
      const n = superset
        ? tableOf(all)
        : tableOf({ ...all, superset: all.superset + subset, supersetSize: supersetSize + subsetSize })
      const fewer = n.n11 / n.nx1 < n.n10 / n.nx0
      if (kind === 'gnd') return normalizedDistance(n)
      if (fewer && !negatives) return -Infinity
      return kind === 'chi_square' ? chiSquare(n) : mutualInformation(n)
    }
  }
}

type Table = ReturnType<typeof tableOf>

/** Documents by whether they have the term (first digit) and are in the subset (second digit). */
function tableOf({ subset, subsetSize, superset, supersetSize }: Frequencies) {
  return {
    n11: subset,
    n10: superset - subset,
    n01: subsetSize - subset,
    n00: supersetSize - superset - (subsetSize - subset),
    n1x: superset,
    n0x: supersetSize - superset,
    nx1: subsetSize,
    nx0: supersetSize - subsetSize,
    n: supersetSize,
  }
}

function chiSquare({ n11, n10, n01, n00, n1x, n0x, nx1, nx0, n }: Table): number {
  return (n * (n11 * n00 - n01 * n10) ** 2) / (nx1 * n1x * n0x * nx0)
}

function mutualInformation({ n11, n10, n01, n00, n1x, n0x, nx1, nx0, n }: Table): number {
  const part = (nxy: number, nx: number, ny: number): number =>
    nxy === 0 || nx === 0 || ny === 0 ? 0 : (nxy / n) * Math.log2((n * nxy) / (nx * ny))
  const score = part(n11, n1x, nx1) + part(n10, n1x, nx0) + part(n01, n0x, nx1) + part(n00, n0x, nx0)
  return Number.isNaN(score) ? -Infinity : score
}

function normalizedDistance({ n11, n1x, nx1, n }: Table): number {
  if (n11 === 0) return 0
  if (n1x === nx1 && n1x === n11) return 1
  const [a, b] = [Math.log(n1x), Math.log(nx1)]
  const distance = (Math.max(a, b) - Math.log(n11)) / (Math.log(n) - Math.min(a, b))
  return Math.exp(-distance)
}

/** What scripts of `moving_fn` do with a window of values; those that are NaN are left out. */
import type { ArrayValue } from '../containers.ts'
import { raise } from '../instance.ts'
import { asDouble } from '../numbers.ts'
import { defineClass } from './define.ts'
import type { Machine } from '../machine.ts'

function all(machine: Machine, { items }: ArrayValue): number[] {
  machine.budget.steps(items.length)
  return items.map((item) => asDouble(item))
}

function present(machine: Machine, values: ArrayValue): number[] {
  return all(machine, values).filter((value) => !Number.isNaN(value))
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Double exponential smoothing: a level, and a trend that changes it. */
function holt(values: readonly number[], alpha: number, beta: number): number {
  const [first, ...rest] = values
  if (first === undefined) return NaN
  let [level, trend] = [first, 0]
  for (const value of rest) {
    const before = level
    level = alpha * value + (1 - alpha) * (level + trend)
    trend = beta * (level - before) + (1 - beta) * trend
  }
  return level
}

interface Seasons {
  readonly alpha: number
  readonly beta: number
  readonly gamma: number
  readonly period: number
  readonly multiplicative: boolean
}

/** Triple exponential smoothing as Elasticsearch has it; values that are NaN leave zeros at the end of the window. */
function holtWinters(given: readonly number[], { alpha, beta, gamma, period, multiplicative }: Seasons): number {
  if (given.length === 0) return NaN
  if (given.length < period * 2)
    throw raise(
      'IllegalArgumentException',
      `Holt-Winters aggregation requires at least (2 * period == 2 * ${period} == ${2 * period}) data-points to function.  Only [${given.length}] were provided.`,
    )
  const there = given.filter((value) => !Number.isNaN(value))
  if (there.length === 0) return NaN
  const padding = multiplicative ? 1e-10 : 0
  const values = given.map((_, i) => (i < there.length ? there[i]! + padding : 0))
  let level = sum(values.slice(0, period)) / period
  // The trend begins flat, as it does there, whatever the first seasons say.
  let trend = 0
  const seasonal = values.map((value, i) => (i < period && level !== 0 ? value / level : 0))
  for (let i = period; i < values.length; i++) {
    const [value, season, before] = [values[i]!, seasonal[i - period]!, level]
    level = alpha * (multiplicative ? value / season : value - season) + (1 - alpha) * (before + trend)
    const own = multiplicative ? value / (before + trend) : value - (before - trend)
    trend = beta * (level - before) + (1 - beta) * trend
    seasonal[i] = gamma * own + (1 - gamma) * season
  }
  const season = seasonal[values.length - period]!
  return multiplicative ? (level + trend) * season : level + trend + season
}

export const MOVING_FUNCTIONS = defineClass('org.elasticsearch.search.aggregations.pipeline.MovingFunctions', {
  static: {
    'double max(array)': (machine, _s, window: ArrayValue) => {
      const values = all(machine, window)
      return values.length === 0 ? NaN : values.reduce((a, b) => Math.max(a, b))
    },
    'double min(array)': (machine, _s, window: ArrayValue) => {
      const values = all(machine, window)
      return values.length === 0 ? NaN : values.reduce((a, b) => Math.min(a, b))
    },
    'double sum(array)': (machine, _s, window: ArrayValue) => sum(present(machine, window)),
    'double unweightedAvg(array)': (machine, _s, window: ArrayValue) => {
      const values = present(machine, window)
      return values.length === 0 ? NaN : sum(values) / values.length
    },
    'double stdDev(array,double)': (machine, _s, window: ArrayValue, average: number) => {
      const values = present(machine, window)
      return Number.isNaN(average) ? NaN : Math.sqrt(sum(values.map((value) => (value - average) ** 2)) / values.length)
    },
    'double linearWeightedAvg(array)': (machine, _s, window: ArrayValue) => {
      const values = present(machine, window)
      // The weights begin at one that no value has, as Elasticsearch counts them.
      const weights = 1 + (values.length * (values.length + 1)) / 2
      return values.length === 0 ? NaN : sum(values.map((value, i) => value * (i + 1))) / weights
    },
    'double ewma(array,double)': (machine, _s, window: ArrayValue, alpha: number) => {
      const values = present(machine, window)
      return values.length === 0 ? NaN : values.reduce((average, value) => value * alpha + average * (1 - alpha))
    },
    'double holt(array,double,double)': (machine, _s, window: ArrayValue, alpha: number, beta: number) =>
      holt(present(machine, window), alpha, beta),
    'double holtWinters(array,double,double,double,int,boolean)': (
      machine,
      _s,
      window: ArrayValue,
      alpha: number,
      beta: number,
      gamma: number,
      period: number,
      multiplicative: boolean,
    ) => holtWinters(all(machine, window), { alpha, beta, gamma, period, multiplicative }),
  },
})

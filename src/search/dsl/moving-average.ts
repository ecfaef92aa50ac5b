/** moving_avg: what moving_fn does with the scripts that its models are. */
import { newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { MovingParameters } from './pipeline-tree.ts'
import { Clause } from './clause.ts'
import { scriptOf } from './script-clause.ts'

interface Model {
  readonly script: string
  /** Values there must be before the first average. */
  readonly least: number
}

type ReadModel = (settings: Clause) => Model

const MODELS: Readonly<Record<string, ReadModel>> = Object.assign(Object.create(null) as Record<string, ReadModel>, {
  simple: () => ({ script: 'MovingFunctions.unweightedAvg(values)', least: 1 }),
  linear: () => ({ script: 'MovingFunctions.linearWeightedAvg(values)', least: 1 }),
  ewma: (settings) => ({ script: `MovingFunctions.ewma(values, ${share(settings, 'alpha', 0.3)})`, least: 1 }),
  holt: (settings) => ({
    script: `MovingFunctions.holt(values, ${share(settings, 'alpha', 0.3)}, ${share(settings, 'beta', 0.1)})`,
    least: 1,
  }),
  holt_winters(settings) {
    const period = settings.integer('period') ?? 1
    const weights = [share(settings, 'alpha', 0.3), share(settings, 'beta', 0.1), share(settings, 'gamma', 0.3)]
    const multiplicative = settings.oneOf('type', ['add', 'mult']) === 'mult'
    settings.boolean('pad')
    return {
      script: `MovingFunctions.holtWinters(values, ${weights.join(', ')}, ${period}, ${multiplicative})`,
      least: period * 2,
    }
  },
} satisfies Record<string, ReadModel>)

/** A weight, as a literal of a script. */
function share(settings: Clause, name: string, byDefault: number): string {
  const value = settings.number(name) ?? byDefault
  if (!(value >= 0 && value <= 1))
    throw fail('search.parsing', { reason: `Parameter [${name}] must be between 0-1 inclusive, got [${value}]` })
  return value.toFixed(12)
}

export function checkMovingAverage(clause: Clause): Pick<MovingParameters, 'window' | 'shift' | 'script' | 'least'> {
  const name = clause.string('model') ?? 'simple'
  const model = MODELS[name]
  if (model === undefined)
    throw fail('search.parsing', {
      reason: `Unknown model [${name}]: it must be one of ${Object.keys(MODELS).join(', ')}`,
    })
  const window = clause.integer('window') ?? 5
  if (window <= 0)
    throw fail('search.parsing', {
      reason: `[window] value must be a positive, non-zero integer.  Value supplied was [${window}]`,
    })
  // Neither guesses of values to come nor weights found by trial are made.
  if ((clause.integer('predict') ?? 0) > 0) throw fail('search.unsupported', { clause: 'moving_avg.predict' })
  if (clause.boolean('minimize') ?? name === 'holt_winters')
    throw fail('search.unsupported', { clause: 'moving_avg.minimize' })
  const settings = new Clause('settings', withNumbers(clause.object('settings') ?? newObject()), 'object')
  const { script, least } = model(settings)
  settings.done()
  return { window, shift: 0, script: scriptOf(script, 'moving_function', 'moving_avg'), least }
}

/** Dashboards send numbers as texts, and settings of other models as empty ones. */
function withNumbers(settings: ValueObject): ValueObject {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]: [string, Value]) => value !== '' && value !== null),
  )
}

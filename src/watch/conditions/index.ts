import { fail } from '../../diagnostic/index.ts'
import { stringifyJson } from '../../event/index.ts'
import { defineCondition, type Condition, type Registry } from '../model.ts'
import { readScript } from '../script.ts'
import { arrayCompare } from './array-compare.ts'
import { compare } from './compare.ts'

export const alwaysCondition: Condition = { type: 'always', check: () => ({ met: true }) }

const always = defineCondition({
  name: 'always',
  summary: 'met at every run',
  read(spec) {
    spec.done()
    return spec.isObject() ? alwaysCondition : undefined
  },
})

const never = defineCondition({
  name: 'never',
  summary: 'never met',
  read(spec) {
    spec.done()
    return spec.isObject() ? { type: 'never', check: () => ({ met: false }) } : undefined
  },
})

const script = defineCondition({
  name: 'script',
  summary: 'a script that returns true or false',
  read(spec, reading) {
    const compiled = readScript(spec, 'condition', reading)
    if (compiled === undefined) return undefined
    return {
      type: 'script',
      check(execution, payload) {
        const met = compiled.run(execution, payload)
        if (typeof met === 'boolean') return { met }
        const got = stringifyJson(met).slice(0, 100)
        throw fail('watch.run', { reason: `the script of a condition must return true or false, got ${got}` })
      },
    }
  },
})

export const CONDITIONS: Registry<Condition> = { always, never, compare, array_compare: arrayCompare, script }

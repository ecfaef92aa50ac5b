import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { readSearch } from '../inputs/search-request.ts'
import { defineTransform, type Registry, type Transform } from '../model.ts'
import { readPart } from '../read-part.ts'
import { readScript } from '../script.ts'
import { object } from '../status.ts'

const script = defineTransform({
  name: 'script',
  summary: 'a script whose map becomes the payload; another value becomes `_value`',
  read(spec, reading) {
    const compiled = readScript(spec, 'transform', reading)
    if (compiled === undefined) return undefined
    return {
      type: 'script',
      async apply(execution, payload) {
        const result = compiled.run(execution, payload)
        if (isObject(result)) return { payload: result }
        const wrapped = newObject()
        wrapped['_value'] = result
        return { payload: wrapped }
      },
    }
  },
})

const search = defineTransform({
  name: 'search',
  summary: 'the answer of a search becomes the payload',
  read(spec) {
    if (!spec.isObject()) return undefined
    const search = readSearch(spec)
    spec.done()
    if (search === undefined) return undefined
    const { request, timeoutMillis } = search
    return {
      type: 'search',
      async apply(execution, payload) {
        const found = await request.run(execution, payload, timeoutMillis)
        return { payload: found.payload, detail: object({ request: found.request }) }
      },
    }
  },
})

const chain = defineTransform({
  name: 'chain',
  summary: 'transforms one after the other',
  read(spec, reading) {
    if (!Array.isArray(spec.value)) return spec.invalid('a list of transforms')
    const steps = spec.items().map((item) => readPart(item, 'transform', TRANSFORMS, reading))
    if (steps.some((step) => step === undefined)) return undefined
    return {
      type: 'chain',
      async apply(execution, payload) {
        let current: ValueObject = payload
        const results: ValueObject[] = []
        for (const step of steps as Transform[]) {
          const { payload: next, detail } = await step.apply(execution, current)
          results.push(object({ type: step.type, status: 'success', payload: next, [step.type]: detail }))
          current = next
        }
        return { payload: current, detail: object({ results }) }
      },
    }
  },
})

export const TRANSFORMS: Registry<Transform> = { script, search, chain }

import { newObject, cloneValue, type ValueObject } from '../../event/index.ts'
import { defineInput, type Input, type Registry } from '../model.ts'
import { extractPaths } from '../object-path.ts'
import { readPart } from '../read-part.ts'
import { object } from '../status.ts'
import { TRANSFORMS } from '../transforms/index.ts'
import { http } from './http.ts'
import { readSearch } from './search-request.ts'

const none = defineInput({
  name: 'none',
  summary: 'an empty payload',
  read(spec) {
    if (!spec.isObject()) return undefined
    spec.done()
    return noneInput
  },
})

export const noneInput: Input = { type: 'none', run: async () => ({ payload: newObject() }) }

const simple = defineInput({
  name: 'simple',
  summary: 'a payload that is written in the watch',
  read(spec) {
    if (!spec.isObject()) return undefined
    const value = spec.value as ValueObject
    return { type: 'simple', run: async () => ({ payload: cloneValue(value) as ValueObject }) }
  },
})

const search = defineInput({
  name: 'search',
  summary: 'the answer of a search',
  read(spec) {
    if (!spec.isObject()) return undefined
    const search = readSearch(spec)
    const extract = spec.take('extract')?.strings()
    spec.done()
    if (search === undefined) return undefined
    const { request, timeoutMillis } = search
    return {
      type: 'search',
      async run(execution) {
        const { payload, request: sent } = await request.run(execution, execution.chained ?? newObject(), timeoutMillis)
        const detail = newObject()
        detail['request'] = sent
        return { payload: extract === undefined ? payload : extractPaths(payload, extract), detail }
      },
    }
  },
})

const chain = defineInput({
  name: 'chain',
  summary: 'several inputs by name, each seeing the payloads of those before it',
  read(spec, reading) {
    if (!spec.isObject()) return undefined
    const list = spec.need('inputs')
    spec.done()
    if (list === undefined) return undefined
    if (!Array.isArray(list.value)) return list.invalid('a list of objects, each with one named input')
    const inputs: { name: string; input: Input }[] = []
    for (const item of list.items()) {
      const names = item.names()
      if (names.length !== 1) {
        item.invalid('an object with one named input')
        continue
      }
      const named = item.take(names[0]!)
      const input = named === undefined ? undefined : readPart(named, 'input', INPUTS, reading)
      if (input !== undefined) inputs.push({ name: names[0]!, input })
    }
    return {
      type: 'chain',
      async run(execution) {
        const payload = newObject()
        // The payload of those before is what the templates of the next one see.
        const results = newObject()
        for (const { name, input } of inputs) {
          const { payload: own, detail } = await input.run({ ...execution, chained: payload })
          payload[name] = own
          results[name] = object({ type: input.type, status: 'success', payload: own, [input.type]: detail })
        }
        return { payload, detail: results }
      },
    }
  },
})

const transform = defineInput({
  name: 'transform',
  summary: 'what a transform makes of the payloads before it, in a chain',
  read(spec, reading) {
    const made = readPart(spec, 'transform', TRANSFORMS, reading)
    if (made === undefined) return undefined
    return {
      type: 'transform',
      run: async (execution) => ({ payload: (await made.apply(execution, execution.chained ?? newObject())).payload }),
    }
  },
})

export const INPUTS: Registry<Input> = {
  none,
  simple,
  search,
  chain,
  http,
  transform,
}

/** Processors that decide how it goes on: drop, terminate, fail, pipeline, foreach, reroute. */
import { isObject, newObject, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { javaType } from '../document.ts'
import { textTemplate, type ProcessorSpec } from '../processor.ts'

const drop: ProcessorSpec = {
  name: 'drop',
  summary: 'Drops the document.',
  create: () => (document) => {
    document.dropped = true
  },
}

const terminate: ProcessorSpec = {
  name: 'terminate',
  summary: 'Ends the pipeline, not those around it.',
  create: () => (document) => {
    document.terminated = true
  },
}

const failing: ProcessorSpec = {
  name: 'fail',
  summary: 'Fails with a message.',
  create(config) {
    const message = textTemplate(config.text('message'))
    return (document) => {
      throw fail('ingest.fail', { reason: message(document) })
    }
  },
}

/** Pipelines within pipelines that call each other without an end. */
const DEPTH_LIMIT = 100
let depth = 0

const pipeline: ProcessorSpec = {
  name: 'pipeline',
  summary: 'Runs another pipeline.',
  create(config, surroundings) {
    const name = textTemplate(config.text('name'))
    const ignoreMissing = config.flag('ignore_missing_pipeline', false)
    return (document) => {
      const id = name(document)
      const other = surroundings.pipeline(id)
      if (other === undefined) {
        if (ignoreMissing) return
        throw fail('ingest.failed', {
          reason: `Pipeline processor configured for non-existent pipeline [${id}]`,
        })
      }
      if (depth >= DEPTH_LIMIT) throw fail('ingest.cycle', { id })
      depth++
      try {
        other.run(document)
      } finally {
        depth--
      }
    }
  },
}

const foreach: ProcessorSpec = {
  name: 'foreach',
  summary: 'Runs a processor for each element of a list, or each entry of an object, as _ingest._value.',
  create(config, surroundings) {
    const field = config.text('field')
    const ignoreMissing = config.flag('ignore_missing', false)
    const processor = surroundings.processor(config.required('processor'), 'foreach.processor')
    return (document) => {
      const values = document.find(field)
      if (values === undefined || values === null) {
        if (ignoreMissing) return
        if (values === undefined) document.get(field)
        throw fail('ingest.failed', { reason: `field [${field}] is null, cannot loop over its elements.` })
      }
      const { ingest } = document
      const outer = [ingest['_value'], ingest['_key']] as const
      const restore = (key: string, value: Value | undefined): void => {
        if (value === undefined) delete ingest[key]
        else ingest[key] = value
      }
      try {
        if (Array.isArray(values)) {
          const changed: Value[] = []
          for (const value of values) {
            ingest['_value'] = value
            processor.run(document)
            changed.push(ingest['_value'] ?? null)
          }
          document.set(field, changed)
        } else if (isObject(values)) {
          const changed = newObject()
          for (const key of Object.keys(values)) {
            ingest['_key'] = key
            ingest['_value'] = values[key]!
            processor.run(document)
            const name = ingest['_key']
            if (typeof name === 'string' && name !== '') changed[name] = ingest['_value'] ?? null
          }
          document.set(field, changed)
        } else
          throw fail('ingest.failed', {
            reason: `field [${field}] of type [${javaType(values)}] cannot be cast to a list or map`,
          })
      } finally {
        restore('_value', outer[0])
        restore('_key', outer[1])
      }
    }
  },
}

const DISALLOWED = /[\\/*?"<>| ,#:-]/g

const reroute: ProcessorSpec = {
  name: 'reroute',
  summary: 'Sends the document to another index or data stream.',
  create(config) {
    const destination = config.text('destination', undefined)
    const dataset = config.list('dataset') ?? ['{{data_stream.dataset}}']
    const namespace = config.list('namespace') ?? ['{{data_stream.namespace}}']
    const type = config.text('type', undefined)
    const [datasets, namespaces] = [dataset.map(textTemplate), namespace.map(textTemplate)]
    return (document) => {
      if (destination !== undefined) {
        document.ctx['_index'] = destination
        document.rerouted = true
        return
      }
      const index = String(document.ctx['_index'])
      const parts = index.split('-')
      if (parts.length < 3)
        throw fail('ingest.failed', {
          reason: `invalid data stream name: [${index}]; must follow naming scheme <type>-<dataset>-<namespace>`,
        })
      const [oldType, oldDataset] = [parts[0]!, parts[1]!]
      const choose = (templates: typeof datasets, otherwise: string): string =>
        templates
          .map((template) => template(document))
          .find((text) => text !== '')
          ?.toLowerCase()
          .replaceAll(DISALLOWED, '_') ?? otherwise
      const names = [
        type ?? oldType,
        choose(datasets, oldDataset),
        choose(namespaces, parts.slice(2).join('-')),
      ] as const
      document.ctx['_index'] = names.join('-')
      document.set('data_stream.type', names[0])
      document.set('data_stream.dataset', names[1])
      document.set('data_stream.namespace', names[2])
      document.rerouted = true
    }
  },
}

export const CONTROL: readonly ProcessorSpec[] = [drop, terminate, failing, pipeline, foreach, reroute]

import { ingestScript } from '../script.ts'
import type { ProcessorSpec } from '../processor.ts'

const script: ProcessorSpec = {
  name: 'script',
  summary: 'Runs a Painless script over the document, which it sees as ctx.',
  create(config, surroundings) {
    const body = Object.fromEntries(
      ['source', 'inline', 'id', 'lang', 'params', 'options']
        .map((key) => [key, config.value(key)] as const)
        .filter(([, value]) => value !== undefined),
    )
    const { script: compiled, params } = ingestScript(
      Object.assign(Object.create(null) as object, body) as never,
      surroundings,
    )
    return (document) => {
      compiled.run({ ctx: document.ctx, params })
    }
  },
}

export const SCRIPTS: readonly ProcessorSpec[] = [script]

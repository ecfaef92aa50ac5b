/** The paths by which aggregations read the results of others. */
import { fail } from '../../diagnostic/index.ts'
import type { Aggregation } from './aggregation-tree.ts'
import { isPipeline, type PipelineParameters } from './pipeline-tree.ts'

interface Step {
  readonly name: string
  readonly property: string | undefined
}

/** `a>b.max`, `a['key']>b`, `_count`. */
export function splitPath(path: string): Step[] {
  return path.split('>').map((part) => {
    const match = /^(.*?)(?:\['?([^'\]]+)'?\]|\.(\d+\.\d+|[^.]+))?$/.exec(part.trim())!
    return { name: match[1]!, property: match[2] ?? match[3] }
  })
}

export function pathsOf(parameters: PipelineParameters): readonly string[] {
  if ('paths' in parameters) return Object.values(parameters.paths)
  if ('path' in parameters) return [parameters.path]
  return parameters.order.map(({ path }) => path)
}

const ITSELF = ['_count', '_key', '_bucket_count']

/** @throws action_request_validation_exception where a pipeline reads what is not beside it. */
export function checkPaths(level: readonly Aggregation[]): void {
  const missing = (what: string, path: string): Error =>
    fail('rest.validation', { reason: `1: No aggregation ${what}found for path [${path}];` })
  for (const { parameters } of level) {
    if (!isPipeline(parameters)) continue
    for (const path of pathsOf(parameters)) {
      if (ITSELF.includes(path)) continue
      const [first, ...rest] = splitPath(path).map(({ name }) => name.replace(/\[.*\]$/, ''))
      let at = level.find(({ name }) => name === first)
      if (at === undefined) throw missing('', path)
      for (const [i, step] of rest.entries()) {
        if (i === rest.length - 1 && ITSELF.includes(step)) continue
        at = at.children.find(({ name }) => name === step)
        if (at === undefined) throw missing(`[${step}] `, path)
      }
    }
  }
}

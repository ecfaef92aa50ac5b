import type { Clock } from '../../clock/index.ts'

export interface SearchRoutesOptions {
  readonly clock: Clock
  /** Shown by `GET /`. */
  readonly nodeName: string
  readonly clusterName?: string
  /** Of Vedetta, shown beside the Elasticsearch version that it speaks. */
  readonly version: string
}

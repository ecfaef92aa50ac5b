import type { Clock } from '../../clock/index.ts'

export interface SearchRoutesOptions {
  readonly clock: Clock
  /** Shown by `GET /`. */
  readonly nodeName: string
  readonly clusterName?: string
  /** Shown by `GET /`: the id by which clients tell two systems apart. */
  readonly clusterUuid: string
  /** Of Vedetta, shown beside the Elasticsearch version that it speaks. */
  readonly version: string
  /** Shown by `GET /_nodes/ingest`: shippers ask there whether their pipelines can run. */
  readonly ingestProcessors?: readonly string[]
}

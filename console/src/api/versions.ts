import { requestJson } from './request.ts'

/** A rule or a watch as it was from a time on. */
export interface Version {
  readonly time: string
  readonly by: string | null
  readonly state: string
  /** Null where it was taken away. */
  readonly text: string | null
}

/** The newest first. */
export const versionsOf = (kind: 'rule' | 'watch', id: string): Promise<readonly Version[]> =>
  requestJson<{ versions: Version[] }>(`/_vedetta/versions?kind=${kind}&id=${encodeURIComponent(id)}`).then(
    ({ versions }) => versions,
  )

import { requestJson } from './request.ts'

/** What a user prefers, kept by the server. */
export interface Profile {
  /** Of the table of events, as its address has them. */
  readonly columns?: string
}

export const profile = {
  get: () => requestJson<Profile>('/_vedetta/profile'),
  put: (change: Profile) => requestJson('/_vedetta/profile', { method: 'PUT', body: change }),
}

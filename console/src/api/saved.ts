import { requestJson } from './request.ts'

/** A search that somebody keeps: an address of the console under a name, for all to see. */
export interface SavedSearch {
  readonly name: string
  readonly address: string
  readonly by: string
}

export const savedSearches = (): Promise<readonly SavedSearch[]> =>
  requestJson<{ searches: SavedSearch[] }>('/_vedetta/saved').then(({ searches }) => searches)

export const saveSearch = (name: string, address: string): Promise<unknown> =>
  requestJson('/_vedetta/saved', { body: { name, address } })

export const deleteSaved = (name: string): Promise<unknown> =>
  requestJson(`/_vedetta/saved?name=${encodeURIComponent(name)}`, { method: 'DELETE' })

export const shortLink = (address: string): Promise<{ link: string }> =>
  requestJson('/_vedetta/saved', { body: { address } })

export const addressOfLink = (link: string): Promise<string> =>
  requestJson<{ address: string }>(`/_vedetta/saved?link=${encodeURIComponent(link)}`).then(({ address }) => address)

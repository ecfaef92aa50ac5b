/** A table on disk: of each window WINDOW_WORDS numbers, then its elements one after another. */
export interface SavedTable {
  readonly windows: Uint32Array
  readonly words: Uint32Array
  readonly times: Float64Array
}

/** Numbers of a window in a {@link SavedTable}: its key, technique and tool, and how many elements. */
export const WINDOW_WORDS = 6

/** What the numbers of a saved table are now. */
export interface Renaming {
  key(a: number, b: number, c: number): [number, number, number]
  host(number: number): number
  element(element: number, host: number, port: number): number
  tool(number: number): number
}

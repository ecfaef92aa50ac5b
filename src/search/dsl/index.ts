export type { CheckedSearch } from './search.ts'

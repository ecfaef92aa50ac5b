export { countMatches, executeSearch, type SearchContext, type SearchedIndex } from './execute.ts'

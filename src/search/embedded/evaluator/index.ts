export { countMatches, executeSearch, matchingDocuments, type SearchContext, type SearchedIndex } from './execute.ts'

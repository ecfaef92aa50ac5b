export {
  countMatches,
  executePage,
  executeSearch,
  type Cursor,
  type SearchContext,
  type SearchedIndex,
} from './execute.ts'

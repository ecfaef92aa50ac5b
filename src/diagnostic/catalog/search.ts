import { defineErrors } from './entry.ts'

export const SEARCH_ERRORS = defineErrors({})

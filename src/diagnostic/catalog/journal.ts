import { defineErrors } from './entry.ts'

export const JOURNAL_ERRORS = defineErrors({})

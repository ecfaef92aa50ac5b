import { defineErrors } from './entry.ts'

export const WATCH_ERRORS = defineErrors({})

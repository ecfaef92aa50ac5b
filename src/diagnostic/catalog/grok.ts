import { defineErrors } from './entry.ts'

export const GROK_ERRORS = defineErrors({})

import { defineErrors } from './entry.ts'

export const SCRIPT_ERRORS = defineErrors({})

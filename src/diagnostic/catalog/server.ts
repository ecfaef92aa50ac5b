import { defineErrors } from './entry.ts'

export const SERVER_ERRORS = defineErrors({})

import { defineErrors } from './entry.ts'

export const NOTIFY_ERRORS = defineErrors({})

import { defineErrors } from './entry.ts'

export const PIPELINE_ERRORS = defineErrors({})

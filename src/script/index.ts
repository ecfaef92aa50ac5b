export type * from './script.ts'

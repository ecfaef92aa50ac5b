import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

// Libraries that most pipelines do without. Each is loaded when a plugin first needs it: every thread would hold them all.

export const kafkajs = (): typeof import('kafkajs') => load('kafkajs') as typeof import('kafkajs')
export const pg = (): typeof import('pg') => load('pg') as typeof import('pg')
export const mysql = (): typeof import('mysql2/promise') => load('mysql2/promise') as typeof import('mysql2/promise')

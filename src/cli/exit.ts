import { DiagnosticError, formatDiagnostic } from '../diagnostic/index.ts'

/** Exit statuses of every command; `vedetta --help` lists them. */
export const EXIT = {
  done: 0,
  /** The check failed, or what was to be run cannot run. */
  failed: 1,
  usage: 2,
  /** Server or store not reachable. */
  unreachable: 3,
  interrupted: 130,
} as const

/** Ends a command with a status; the message is for the user, so there is no stack. */
export class CommandError extends Error {
  readonly status: number

  constructor(message: string, status: number = EXIT.failed) {
    super(message)
    this.name = 'CommandError'
    this.status = status
  }
}

/** Says on standard error what went wrong, as the user should read it; returns the exit status. */
export function reportError(error: unknown): number {
  if (error instanceof DiagnosticError) {
    for (const diagnostic of error.diagnostics) console.error(formatDiagnostic(diagnostic))
    return error.code === 'settings.override' ? EXIT.usage : EXIT.failed
  }
  if (error instanceof CommandError) {
    console.error(`vedetta: ${error.message}`)
    return error.status
  }
  console.error(error instanceof Error ? error.stack : String(error))
  return EXIT.failed
}

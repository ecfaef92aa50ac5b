import { parseAllDocuments } from 'yaml'

/** One step of a section: `{ do: ... }`, `{ match: ... }`, ... */
export type RestStep = Readonly<Record<string, unknown>>

export interface Section {
  /** `search/10_source_filtering/_source: true`: folder, file, and the section's own name. */
  readonly name: string
  readonly folder: string
  readonly setup: readonly RestStep[]
  readonly teardown: readonly RestStep[]
  readonly steps: readonly RestStep[]
}

/** The sections of a file in the format of Elasticsearch's REST tests; `prefix` stands before their names. */
export function readSections(text: string, folder: string, prefix = ''): Section[] {
  // Repeated keys stand in the originals, where the last one counts.
  const documents = parseAllDocuments(text, { uniqueKeys: false }) as { toJS(): unknown }[]
  const parts = documents
    .map((document) => document.toJS() as Record<string, RestStep[]> | null)
    .filter((part) => part !== null)
  const setup = parts.flatMap((part) => part['setup'] ?? [])
  const teardown = parts.flatMap((part) => part['teardown'] ?? [])
  return parts.flatMap((part) =>
    Object.entries(part)
      .filter(([name]) => name !== 'setup' && name !== 'teardown')
      .map(([name, steps]) => ({ name: `${prefix}${name}`, folder, setup, teardown, steps })),
  )
}

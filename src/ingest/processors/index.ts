/** Every processor there is, and those that are known and refused. */
import type { ProcessorSpec } from '../processor.ts'
import { CONTROL } from './control.ts'
import { DATES } from './dates.ts'
import { ENRICHMENT } from './enrichment.ts'
import { FIELDS } from './fields.ts'
import { HASHES } from './hashes.ts'
import { PARSERS } from './parsers.ts'
import { SCRIPTS } from './scripts.ts'
import { TEXTS } from './texts.ts'

export const PROCESSORS: ReadonlyMap<string, ProcessorSpec> = new Map(
  [...FIELDS, ...TEXTS, ...PARSERS, ...DATES, ...HASHES, ...CONTROL, ...SCRIPTS, ...ENRICHMENT].map((spec) => [
    spec.name,
    spec,
  ]),
)

export const REFUSED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    attachment: 'documents are not taken apart',
    circle: 'there are no geographic shapes',
    enrich: 'use the translate filter of a pipeline',
    geo_grid: 'there are no geographic shapes',
    inference: 'there are no trained models',
    ip_location: 'use the geoip processor',
    redact: 'use the gsub processor, or the mutate filter of a pipeline',
    set_security_user: 'documents do not carry who sent them',
  }),
)

import { diagnose, type Diagnostic, type Source } from '../../diagnostic/index.ts'
import { RawHash, RawPlugin, type Raw } from '../../settings/index.ts'
import type { Plugin, ValueNode } from './ast.ts'

/** Values of `${NAME}`: the keystore first, then the environment. */
export type VariableLookup = (name: string) => string | undefined

/**
 * Turns nodes of the tree into raw option values, with `${NAME}` and `${NAME:default}` filled in.
 * They are filled in parsed strings only: what a variable holds can never become syntax.
 */
export class RawValues {
  private readonly source: Source
  private readonly lookUp: VariableLookup
  private readonly problems: Diagnostic[]

  constructor(source: Source, lookUp: VariableLookup, problems: Diagnostic[]) {
    this.source = source
    this.lookUp = lookUp
    this.problems = problems
  }

  of(node: ValueNode): Raw {
    switch (node.node) {
      case 'string':
      case 'bareword':
        return this.fill(node.value, node)
      case 'number':
        return node.value
      case 'array':
        return node.items.map((item) => this.of(item))
      case 'hash':
        return new RawHash(node.entries.map((entry) => [String(this.of(entry.key)), this.of(entry.value)] as const))
      case 'plugin':
        return new RawPlugin(node.name, this.options(node))
    }
  }

  private options(plugin: Plugin): RawHash {
    return new RawHash(plugin.attributes.map((attribute) => [attribute.name, this.of(attribute.value)] as const))
  }

  private fill(text: string, node: ValueNode): string {
    if (!text.includes('${')) return text
    return text.replace(
      /\$\{([A-Za-z_][\w.]*)(?::([^}]*))?\}/g,
      (written, name: string, fallback: string | undefined) => {
        const value = this.lookUp(name) ?? fallback
        if (value === undefined) {
          const span = { source: this.source, start: node.start, end: node.end }
          this.problems.push(diagnose('pipeline.undefined_variable', { reference: written }, { span }))
        }
        return value ?? written
      },
    )
  }
}

import { diagnose, type Diagnostic, type Source } from '../../diagnostic/index.ts'
import { RawHash, RawPlugin, type Raw } from '../../settings/index.ts'
import type { Condition, Operand, Place, Plugin, ValueNode } from './ast.ts'

/** Values of `${NAME}`: the keystore first, then the environment. */
export type VariableLookup = (name: string) => string | undefined

/** Fills in `${NAME}` and `${NAME:default}`; a name that has neither value nor default is reported and stays. */
export function fillVariables(text: string, lookUp: VariableLookup, missing: (reference: string) => void): string {
  if (!text.includes('${')) return text
  return text.replace(
    /\$\{([A-Za-z_][\w.]*)(?::([^}]*))?\}/g,
    (written, name: string, fallback: string | undefined) => {
      const value = lookUp(name) ?? fallback
      if (value === undefined) missing(written)
      return value ?? written
    },
  )
}

/**
 * Turns nodes of the tree into raw option values, with variables filled in.
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

  /** The condition with variables filled in, in its strings too; a regular expression is left as it is. */
  condition(condition: Condition): Condition {
    switch (condition.node) {
      case 'boolean':
        return { ...condition, left: this.condition(condition.left), right: this.condition(condition.right) }
      case 'not':
      case 'group':
        return { ...condition, inner: this.condition(condition.inner) }
      case 'truthy':
        return { ...condition, value: this.operand(condition.value) }
      case 'match':
        return { ...condition, left: this.operand(condition.left) }
      default:
        return { ...condition, left: this.operand(condition.left), right: this.operand(condition.right) }
    }
  }

  private operand<T extends Operand>(operand: T): T {
    if (operand.node === 'string') return { ...operand, value: this.fill(operand.value, operand) }
    if (operand.node === 'array') return { ...operand, items: operand.items.map((item) => this.operand(item)) }
    return operand
  }

  private options(plugin: Plugin): RawHash {
    return new RawHash(plugin.attributes.map((attribute) => [attribute.name, this.of(attribute.value)] as const))
  }

  private fill(text: string, place: Place): string {
    return fillVariables(text, this.lookUp, (reference) => {
      const span = { source: this.source, start: place.start, end: place.end }
      this.problems.push(diagnose('pipeline.undefined_variable', { reference }, { span }))
    })
  }
}

import type { FieldPath } from '../../event/index.ts'

/** A place in one configuration text: UTF-16 offsets, `end` exclusive. */
export interface Place {
  readonly start: number
  readonly end: number
}

export type SectionKind = 'input' | 'filter' | 'output'

export interface Configuration {
  readonly sections: readonly Section[]
}

export interface Section extends Place {
  readonly kind: SectionKind
  readonly body: readonly Statement[]
}

export type Statement = Plugin | Branch

export interface Plugin extends Place {
  readonly node: 'plugin'
  readonly name: string
  readonly nameEnd: number
  readonly attributes: readonly Attribute[]
}

export interface Attribute extends Place {
  readonly name: string
  readonly quoted: boolean
  readonly value: ValueNode
}

export type ValueNode =
  | (Place & { readonly node: 'string'; readonly quote: '"' | "'"; readonly raw: string; readonly value: string })
  | (Place & { readonly node: 'bareword'; readonly value: string })
  | (Place & { readonly node: 'number'; readonly raw: string; readonly value: number })
  | (Place & { readonly node: 'array'; readonly items: readonly ValueNode[] })
  | (Place & { readonly node: 'hash'; readonly entries: readonly HashEntry[] })
  | Plugin

export interface HashEntry extends Place {
  readonly key: ValueNode
  readonly value: ValueNode
}

export interface Branch extends Place {
  readonly node: 'branch'
  /** `if` and each `else if`; the first whose condition holds is taken. */
  readonly cases: readonly { readonly condition: Condition; readonly body: readonly Statement[] }[]
  readonly otherwise: readonly Statement[] | undefined
}

export type BooleanOperator = 'and' | 'or' | 'xor' | 'nand'
export type ComparisonOperator = '==' | '!=' | '<' | '>' | '<=' | '>='

export type Condition =
  | (Place & {
      readonly node: 'boolean'
      readonly operator: BooleanOperator
      readonly left: Condition
      readonly right: Condition
    })
  | (Place & { readonly node: 'not'; readonly inner: Condition })
  | (Place & { readonly node: 'group'; readonly inner: Condition })
  | (Place & { readonly node: 'truthy'; readonly value: Operand })
  | (Place & {
      readonly node: 'compare'
      readonly operator: ComparisonOperator
      readonly left: Operand
      readonly right: Operand
    })
  | (Place & {
      readonly node: 'match'
      readonly negated: boolean
      readonly left: Operand
      readonly pattern: PatternNode
    })
  | (Place & { readonly node: 'in'; readonly negated: boolean; readonly left: Operand; readonly right: Operand })

/** `/regex/`, or a string in its place. */
export interface PatternNode extends Place {
  readonly source: string
  readonly written: string
}

export type Operand = (Place & { readonly node: 'field'; readonly path: FieldPath }) | ValueNode

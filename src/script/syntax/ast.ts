import type { ScriptValue } from '../runtime/instance.ts'

export interface Place {
  readonly start: number
  readonly end: number
}

/** `int`, `def`, `java.util.List`, with `[]` as often as `dims` says. */
export interface TypeName {
  readonly name: string
  readonly dims: number
}

/**
 * A local variable or parameter. Where a closure uses it (`captured`) it lives in a cell that both share;
 * otherwise in a slot of its function's frame.
 */
export interface Variable {
  readonly name: string
  readonly slot: number
  readonly type: TypeName
  captured: boolean
}

/** What a function, closure or the script itself needs of a frame. */
export interface FunctionBody {
  readonly parameters: readonly Variable[]
  /** Variables of the enclosing function that are used within, and the slots that hold their cells here. */
  readonly captures: readonly { readonly from: Variable; readonly to: Variable }[]
  readonly slots: { count: number }
  readonly body: Statement
  /** The closure has no parameter list and takes `it`. */
  readonly implicitIt: boolean
  readonly defaults: readonly (Expression | undefined)[]
}

export type Expression = Place &
  (
    | { readonly kind: 'literal'; readonly value: ScriptValue }
    | { readonly kind: 'template'; readonly parts: readonly (string | Expression)[] }
    | { readonly kind: 'pattern'; readonly source: Expression; readonly flags: string }
    | { readonly kind: 'local'; readonly variable: Variable }
    | { readonly kind: 'global'; readonly name: string }
    | { readonly kind: 'class'; readonly name: string }
    | { readonly kind: 'unary'; readonly op: '!' | '-' | '+' | '~'; readonly operand: Expression }
    | { readonly kind: 'step'; readonly op: '+' | '-'; readonly prefix: boolean; readonly target: Expression }
    | { readonly kind: 'binary'; readonly op: string; readonly left: Expression; readonly right: Expression }
    | { readonly kind: 'logical'; readonly op: '&&' | '||'; readonly left: Expression; readonly right: Expression }
    | { readonly kind: 'conditional'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
    | { readonly kind: 'elvis'; readonly left: Expression; readonly right: Expression }
    | { readonly kind: 'assign'; readonly op: string | null; readonly target: Expression; readonly value: Expression }
    | { readonly kind: 'cast'; readonly type: TypeName; readonly operand: Expression; readonly as: boolean }
    | { readonly kind: 'instanceof'; readonly operand: Expression; readonly type: TypeName; readonly negated: boolean }
    | { readonly kind: 'in'; readonly left: Expression; readonly right: Expression; readonly negated: boolean }
    | { readonly kind: 'range'; readonly from: Expression; readonly to: Expression; readonly exclusive: boolean }
    | { readonly kind: 'list'; readonly items: readonly Expression[] }
    | { readonly kind: 'map'; readonly entries: readonly (readonly [Expression, Expression])[] }
    | { readonly kind: 'spread'; readonly operand: Expression }
    | { readonly kind: 'new'; readonly type: TypeName; readonly args: readonly Expression[] }
    | {
        readonly kind: 'array'
        readonly type: TypeName
        readonly sizes: readonly Expression[]
        readonly items: readonly Expression[] | undefined
      }
    | {
        readonly kind: 'field'
        readonly target: Expression
        readonly name: string
        readonly safe: boolean
        readonly spread: boolean
      }
    | { readonly kind: 'index'; readonly target: Expression; readonly index: Expression; readonly safe: boolean }
    | {
        readonly kind: 'call'
        readonly target: Expression
        readonly name: string
        readonly args: readonly Expression[]
        readonly safe: boolean
        readonly spread: boolean
      }
    | { readonly kind: 'invoke'; readonly callee: Expression; readonly args: readonly Expression[] }
    | { readonly kind: 'function'; readonly name: string; readonly args: readonly Expression[] }
    | { readonly kind: 'lambda'; readonly fn: FunctionBody }
    | { readonly kind: 'reference'; readonly target: Expression | TypeName; readonly name: string }
  )

export type ExpressionOf<K extends Expression['kind']> = Extract<Expression, { kind: K }>

export interface CatchClause {
  readonly types: readonly string[]
  readonly variable: Variable
  readonly body: Statement
}

export type Statement = Place &
  (
    | { readonly kind: 'block'; readonly body: readonly Statement[] }
    | { readonly kind: 'declare'; readonly variable: Variable; readonly value: Expression | undefined }
    | { readonly kind: 'destructure'; readonly variables: readonly Variable[]; readonly value: Expression }
    | { readonly kind: 'expression'; readonly expression: Expression }
    | { readonly kind: 'if'; readonly test: Expression; readonly yes: Statement; readonly no: Statement | undefined }
    | {
        readonly kind: 'for'
        readonly init: readonly Statement[]
        readonly test: Expression | undefined
        readonly update: readonly Expression[]
        readonly body: Statement
      }
    | { readonly kind: 'each'; readonly variable: Variable; readonly over: Expression; readonly body: Statement }
    | { readonly kind: 'while'; readonly test: Expression; readonly body: Statement }
    | { readonly kind: 'do'; readonly test: Expression; readonly body: Statement }
    | { readonly kind: 'return'; readonly value: Expression | undefined }
    | { readonly kind: 'break' }
    | { readonly kind: 'continue' }
    | { readonly kind: 'throw'; readonly value: Expression }
    | {
        readonly kind: 'try'
        readonly body: Statement
        readonly catches: readonly CatchClause[]
        readonly finally: Statement | undefined
      }
    | {
        readonly kind: 'switch'
        readonly subject: Expression
        readonly cases: readonly { readonly match: Expression | undefined; readonly body: readonly Statement[] }[]
      }
    | { readonly kind: 'assert'; readonly test: Expression; readonly message: Expression | undefined }
  )

export interface FunctionDeclaration extends Place {
  readonly name: string
  readonly returns: TypeName
  readonly fn: FunctionBody
}

export interface Program {
  readonly functions: readonly FunctionDeclaration[]
  readonly main: FunctionBody
  /** What values become on their way where their place alone does not say: a constant in a smaller type, both branches of a conditional. */
  readonly casts: ReadonlyMap<Expression, TypeName>
  /** Names used that no declaration covers: bindings, in Groovy. */
  readonly globals: ReadonlySet<string>
}

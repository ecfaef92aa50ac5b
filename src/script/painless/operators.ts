import type { Expression } from '../syntax/ast.ts'
import { DEF, isNumeric, NULL, OBJECT, promote, STRING } from './types.ts'

const NAMES: Readonly<Record<string, string>> = {
  '*': 'multiplication', '/': 'division', '%': 'remainder', '+': 'addition', '-': 'subtraction',
  '<<': 'left shift', '>>': 'right shift', '>>>': 'unsigned right shift',
  '&': 'bitwise and', '^': 'bitwise xor', '|': 'bitwise or', '~': 'bitwise not', '!': 'not',
  '=~': 'find', '==~': 'match', '&&': 'boolean and', '||': 'boolean or',
  '==': 'equals', '!=': 'not equals', '===': 'reference equals', '!==': 'reference not equals',
  '<': 'less than', '<=': 'less than or equals', '>': 'greater than', '>=': 'greater than or equals',
} // prettier-ignore

const SHIFTS = ['<<', '>>', '>>>']
const BITS = ['&', '|', '^']

/** `addition operator [+]`, as messages call it. */
export function operatorName(op: string): string {
  return `${NAMES[op]} operator [${op}]`
}

function isWhole(type: string): boolean {
  return isNumeric(type) && type !== 'double' && type !== 'float'
}

/** The type of an arithmetic or bitwise operation; undefined where Painless has none for these types. */
export function arithmeticType(op: string, left: string, right: string): string | undefined {
  if (op === '+' && (left === STRING || right === STRING)) return STRING
  if (SHIFTS.includes(op)) {
    if (!isWhole(right) && right !== DEF) return undefined
    return left === DEF ? DEF : isWhole(left) ? promote(left, 'int') : undefined
  }
  if (left === DEF || right === DEF) return DEF
  if (op === '^' && left === 'boolean' && right === 'boolean') return 'boolean'
  const operand = BITS.includes(op) ? isWhole : isNumeric
  return operand(left) && operand(right) ? promote(left, right) : undefined
}

/** Whether `<` and its kin compare these types. */
export function ordered(left: string, right: string): boolean {
  return left === DEF || right === DEF || (isNumeric(left) && isNumeric(right))
}

/** Whether `==` and its kin compare these types. */
export function comparable(left: string, right: string): boolean {
  if (left === DEF || right === DEF) return true
  const [first, second] = [left, right].map((type) => isNumeric(type) ? 'number' : type === 'boolean' ? type : OBJECT) // prettier-ignore
  return first === second
}

/** Why an operation is refused: the operand that does not become a number, or both. */
export function refusal(op: string, left: string, right: string): string {
  const shown = [left, right].map((type) => (type === NULL ? OBJECT : type))
  const operand = BITS.includes(op) ? isWhole : isNumeric
  const [number, other] = operand(left) ? [shown[0]!, shown[1]!] : [shown[1]!, shown[0]!]
  if (!SHIFTS.includes(op) && operand(number)) return `Cannot cast from [${other}] to [${number}].`
  return `cannot apply the ${operatorName(op)} to the types [${shown[0]}] and [${shown[1]}]`
}

/** What both branches of a conditional or elvis are; undefined where they have nothing in common. */
export function commonType(left: string, right: string): string | undefined {
  if (left === right) return left
  if (left === DEF || right === DEF) return DEF
  if (isNumeric(left) && isNumeric(right)) {
    const types = [left, right]
    return types.includes('byte') && types.includes('short') ? 'short' : promote(left, right)
  }
  return comparable(left, right) ? OBJECT : undefined
}

/** What an expression is called where it is used wrongly: `multiplication operation [*]`. */
export function describe(e: Expression): string {
  switch (e.kind) {
    case 'literal':
      return describeConstant(e.value)
    case 'pattern':
      return `regex constant [${e.source.kind === 'literal' ? String(e.source.value) : ''}] with flags [${e.flags}]`
    case 'unary':
    case 'binary':
    case 'logical':
      return operatorName(e.op).replace('operator', 'operation')
    case 'conditional':
      return 'conditional operation [?:]'
    case 'elvis':
      return 'elvis operation [?:]'
    case 'cast':
    case 'instanceof': {
      const type = e.type.name.replace(/^(?:[a-z]\w*\.)+/, '') + '[]'.repeat(e.type.dims)
      return `${e.kind === 'cast' ? 'explicit cast' : 'instanceof'} with target type [${type}]`
    }
    case 'list':
      return 'list initializer'
    case 'map':
      return 'map initializer'
    case 'array':
      return 'new array'
    case 'new':
      return `new object with constructor [${e.type.name.replace(/^(?:[a-z]\w*\.)+/, '')}/${e.args.length}]`
    case 'function':
      return `function call [${e.name}/${e.args.length}]`
    case 'call':
      return `method call [${e.name}/${e.args.length}]`
    case 'local':
      return `variable [${e.variable.name}]`
    case 'global':
      return `variable [${e.name}]`
    default:
      return 'this expression'
  }
}

function describeConstant(value: unknown): string {
  if (value === null) return 'null constant'
  if (typeof value === 'boolean') return `boolean constant [${value}]`
  if (typeof value === 'string') return `string constant [${value}]`
  if (typeof value === 'number') return `numeric constant [${value}]`
  const { value: inner } = value as { value: bigint | number }
  return typeof inner === 'bigint' ? `numeric constant [${inner}]` : `decimal constant [${inner}]`
}

/** Why an expression whose value nobody uses is no statement. */
export function unused(e: Expression): string {
  switch (e.kind) {
    case 'literal':
    case 'pattern':
    case 'local':
    case 'global':
      return `not a statement: ${describe(e)} not used`
    case 'index':
      return 'not a statement: result of brace operator not used'
    case 'field':
      return 'not a statement: result of dot operator [.] not used'
    default:
      return `not a statement: result not used from ${describe(e)}`
  }
}

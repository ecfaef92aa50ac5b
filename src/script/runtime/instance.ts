import type { Span } from '../../diagnostic/index.ts'

/** Anything a script can hold that is not null, a boolean, a string or an `int` (a JS number). */
export abstract class Instance {
  /** The Java class it stands for, by its full name. */
  abstract readonly typeName: string
}

/**
 * A value inside a script. A JS `number` is always a Java `int`; every other number type is an {@link Instance},
 * so that the type a Java program would see is never guessed from the value.
 */
export type ScriptValue = null | boolean | number | string | Instance

/** A lambda, a closure, a function or a method reference. */
export class FunctionValue extends Instance {
  readonly typeName = 'groovy.lang.Closure'
  /** Number of declared parameters; a Groovy closure without a list has one, `it`. */
  readonly arity: number
  readonly implicitIt: boolean
  readonly call: (args: ScriptValue[]) => ScriptValue

  constructor(arity: number, call: (args: ScriptValue[]) => ScriptValue, implicitIt = false) {
    super()
    this.arity = arity
    this.call = call
    this.implicitIt = implicitIt
  }
}

/** A class named in a script: `Math`, `java.time.Instant`. */
export class ClassValue extends Instance {
  readonly typeName = 'java.lang.Class'
  readonly name: string

  constructor(name: string) {
    super()
    this.name = name
  }
}

/** A Java exception object. */
export class ExceptionValue extends Instance {
  readonly typeName: string
  readonly message: string | null
  readonly cause: ExceptionValue | null

  constructor(typeName: string, message: string | null, cause: ExceptionValue | null = null) {
    super()
    this.typeName = typeName
    this.message = message
    this.cause = cause
  }
}

/** What carries a Java exception through JavaScript; a script can catch it. */
export class Thrown extends Error {
  readonly exception: ExceptionValue
  /** Where it was thrown, once known. */
  span: Span | undefined

  constructor(exception: ExceptionValue) {
    super(exception.message ?? exception.typeName)
    this.exception = exception
  }
}

/** A budget has run out; no script can catch it. */
export class BudgetExceeded extends Error {
  readonly what: 'steps' | 'allocations' | 'depth'

  constructor(what: 'steps' | 'allocations' | 'depth') {
    super(`script budget of ${what} exceeded`)
    this.what = what
  }
}

/**
 * What a script sees of an error: its own exceptions as they are, and what JavaScript throws where a library
 * function was given null, which is Java's NullPointerException.
 */
export function asThrown(error: unknown): unknown {
  return error instanceof TypeError ? raise('NullPointerException') : error
}

/** `throw raise('java.lang.ArithmeticException', '/ by zero')`; the package may be left out for java.lang. */
export function raise(typeName: string, message: string | null = null): Thrown {
  return new Thrown(new ExceptionValue(typeName.includes('.') ? typeName : `java.lang.${typeName}`, message))
}

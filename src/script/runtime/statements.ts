import type { Statement } from '../syntax/ast.ts'
import { convert, defaultValue } from './casting.ts'
import { itemsOf } from './classes/iteration.ts'
import { compileCondition, compileExpression } from './expressions.ts'
import {
  BREAK,
  CONTINUE,
  converter,
  NORMAL,
  RETURN,
  store,
  type Compiler,
  type Exec,
  type Frame,
  type Signal,
} from './frame.ts'
import { ListValue, MapValue, RangeValue } from './containers.ts'
import { className, elements, looseEquals } from './equality.ts'
import { asThrown, ClassValue, ExceptionValue, FunctionValue, raise, Thrown, type ScriptValue } from './instance.ts'
import type { Machine } from './machine.ts'
import { MatcherValue, PatternValue } from './regex.ts'
import { isInstance } from './registry.ts'

type StatementOf<K extends Statement['kind']> = Extract<Statement, { kind: K }>

/**
 * Makes a function of a statement. Where `last` is set the statement ends its function, and the value of an
 * expression there is the function's result, as in both languages.
 */
export function compileStatement(c: Compiler, statement: Statement, last = false): Exec {
  if (statement.kind !== 'block') c.starts.push(statement.start)
  switch (statement.kind) {
    case 'block':
      return compileBlock(c, statement.body, last)
    case 'declare':
      return compileDeclaration(c, statement)
    case 'destructure':
      return compileDestructuring(c, statement)
    case 'expression': {
      const value = compileExpression(c, statement.expression)
      if (last) {
        return (frame) => {
          frame.machine.budget.step()
          frame.result = value(frame)
          return NORMAL
        }
      }
      return (frame) => {
        frame.machine.budget.step()
        value(frame)
        return NORMAL
      }
    }
    case 'if': {
      const test = compileCondition(c, statement.test)
      const yes = compileStatement(c, statement.yes, last)
      const no = statement.no === undefined ? () => NORMAL as Signal : compileStatement(c, statement.no, last)
      return (frame) => {
        frame.machine.budget.step()
        return test(frame) ? yes(frame) : no(frame)
      }
    }
    case 'for':
      return compileFor(c, statement)
    case 'each':
      return compileEach(c, statement)
    case 'while': {
      const [test, body] = [compileCondition(c, statement.test), compileStatement(c, statement.body)]
      return (frame) => {
        while (test(frame)) {
          frame.machine.budget.step()
          const signal = body(frame)
          if (signal === BREAK) break
          if (signal === RETURN) return RETURN
        }
        return NORMAL
      }
    }
    case 'do': {
      const [test, body] = [compileCondition(c, statement.test), compileStatement(c, statement.body)]
      return (frame) => {
        do {
          frame.machine.budget.step()
          const signal = body(frame)
          if (signal === BREAK) break
          if (signal === RETURN) return RETURN
        } while (test(frame))
        return NORMAL
      }
    }
    case 'return': {
      const value = statement.value === undefined ? () => null : compileExpression(c, statement.value)
      return (frame) => {
        frame.result = value(frame)
        return RETURN
      }
    }
    case 'break':
      return () => BREAK
    case 'continue':
      return () => CONTINUE
    case 'throw':
      return compileThrow(c, statement)
    case 'try':
      return compileTry(c, statement, last)
    case 'switch':
      return compileSwitch(c, statement, last)
    case 'assert':
      return compileAssert(c, statement)
  }
}

function compileBlock(c: Compiler, body: readonly Statement[], last: boolean): Exec {
  const statements = body.map((statement, index) => compileStatement(c, statement, last && index === body.length - 1))
  const [first, second] = statements
  if (first === undefined) return () => NORMAL
  if (second === undefined) return first
  return (frame) => {
    for (const statement of statements) {
      const signal = statement(frame)
      if (signal !== NORMAL) return signal
    }
    return NORMAL
  }
}

function compileDeclaration(c: Compiler, statement: StatementOf<'declare'>): Exec {
  const { variable } = statement
  const write = store(variable, true)
  if (statement.value === undefined) {
    const initial = c.dialect === 'groovy' && variable.type.name === 'def' ? null : defaultValue(variable.type)
    return (frame) => {
      write(frame, initial)
      return NORMAL
    }
  }
  const value = compileExpression(c, statement.value)
  // A constant that fits a smaller type was checked before: `byte b = 127`.
  const constant = statement.value.kind === 'literal'
  const convertTo = constant
    ? (machine: Machine, given: ScriptValue) => convert(machine, variable.type, given, true)
    : converter(variable.type)
  return (frame) => {
    frame.machine.budget.step()
    const given = value(frame)
    if (convertTo === undefined) write(frame, given)
    else {
      frame.machine.start = statement.value!.start
      frame.machine.end = statement.end
      write(frame, convertTo(frame.machine, given))
    }
    return NORMAL
  }
}

function compileDestructuring(c: Compiler, statement: StatementOf<'destructure'>): Exec {
  const value = compileExpression(c, statement.value)
  const targets = statement.variables.map((variable) => ({ variable, write: store(variable, true) }))
  return (frame) => {
    const items = itemsOf(frame.machine, value(frame))
    for (const [index, { variable, write }] of targets.entries()) {
      write(frame, convert(frame.machine, variable.type, items[index] ?? null, false))
    }
    return NORMAL
  }
}

function compileFor(c: Compiler, statement: StatementOf<'for'>): Exec {
  const init = statement.init.map((part) => compileStatement(c, part))
  const test = statement.test === undefined ? () => true : compileCondition(c, statement.test)
  const update = statement.update.map((part) => compileExpression(c, part))
  const body = compileStatement(c, statement.body)
  return (frame) => {
    for (const part of init) part(frame)
    while (test(frame)) {
      frame.machine.budget.step()
      const signal = body(frame)
      if (signal === BREAK) break
      if (signal === RETURN) return RETURN
      for (const part of update) part(frame)
    }
    return NORMAL
  }
}

function compileEach(c: Compiler, statement: StatementOf<'each'>): Exec {
  const over = compileExpression(c, statement.over)
  const write = store(statement.variable, true)
  const convertTo = converter(statement.variable.type, c.dialect === 'painless')
  const body = compileStatement(c, statement.body)
  const { start, end } = statement.over
  const turn = (frame: Frame, item: ScriptValue): Signal => {
    frame.machine.budget.step()
    write(frame, convertTo === undefined ? item : convertTo(frame.machine, item))
    return body(frame)
  }
  return (frame) => {
    const { machine } = frame
    const container = over(frame)
    machine.start = start
    machine.end = end
    if (container === null && machine.dialect === 'groovy') return NORMAL
    if (container instanceof RangeValue) {
      const step = container.to >= container.from ? 1 : -1
      for (let count = 0; count < container.size; count++) {
        const signal = turn(frame, container.from + count * step)
        if (signal === BREAK) break
        if (signal === RETURN) return RETURN
      }
      return NORMAL
    }
    const items = itemsOf(machine, container)
    const { length } = items
    for (let index = 0; index < length; index++) {
      if (items.length !== length && container instanceof ListValue) throw raise('java.util.ConcurrentModificationException') // prettier-ignore
      const signal = turn(frame, items[index]!)
      if (signal === BREAK) break
      if (signal === RETURN) return RETURN
    }
    if (container instanceof ListValue && container.items.length > length && container.items === items) {
      throw raise('java.util.ConcurrentModificationException')
    }
    return NORMAL
  }
}

function compileThrow(c: Compiler, statement: StatementOf<'throw'>): Exec {
  const value = compileExpression(c, statement.value)
  return (frame) => {
    const exception = value(frame)
    frame.machine.start = statement.value.start
    frame.machine.end = statement.end
    if (exception instanceof ExceptionValue) throw new Thrown(exception)
    if (exception === null) throw raise('NullPointerException')
    throw raise('ClassCastException', `Cannot cast from [${className(exception)}] to [java.lang.Throwable].`)
  }
}

function compileTry(c: Compiler, statement: StatementOf<'try'>, last: boolean): Exec {
  const body = compileStatement(c, statement.body, last)
  const catches = statement.catches.map((clause) => ({
    types: clause.types,
    write: store(clause.variable, true),
    body: compileStatement(c, clause.body, last),
  }))
  const attempt = (frame: Frame): Signal => {
    const depth = frame.machine.budget.depth
    try {
      return body(frame)
    } catch (caught) {
      const error = asThrown(caught)
      if (!(error instanceof Thrown)) throw error
      const { exception } = error
      const clause = catches.find(({ types }) => types.some((type) => isInstance(exception, type)))
      if (clause === undefined) throw error
      frame.machine.budget.depth = depth
      frame.machine.budget.step()
      clause.write(frame, exception)
      return clause.body(frame)
    }
  }
  if (statement.finally === undefined) return attempt
  const final = compileStatement(c, statement.finally)
  return (frame) => {
    let signal: Signal
    try {
      signal = attempt(frame)
    } catch (caught) {
      const error = asThrown(caught)
      if (!(error instanceof Thrown)) throw error
      const ended = final(frame)
      if (ended === NORMAL) throw error
      return ended
    }
    const { result } = frame
    const ended = final(frame)
    if (ended !== NORMAL) return ended
    frame.result = result
    return signal
  }
}

/** Groovy's isCase: equal, of the class, in the collection, matching the pattern, or what a closure says. */
function isCase(machine: Machine, match: ScriptValue, subject: ScriptValue): boolean {
  if (match instanceof ClassValue) return isInstance(subject, match.name)
  if (match instanceof PatternValue) return new MatcherValue(match, machine.print(subject)).matches(machine.budget)
  if (match instanceof FunctionValue) return machine.truth(match.call([subject]))
  if (match instanceof MapValue) return match.has(subject)
  const items = elements(match)
  if (items !== undefined) {
    machine.budget.steps(items.length)
    return items.some((item) => looseEquals(item, subject))
  }
  return looseEquals(match, subject)
}

function compileSwitch(c: Compiler, statement: StatementOf<'switch'>, last: boolean): Exec {
  const subject = compileExpression(c, statement.subject)
  const cases = statement.cases.map(({ match, body }, index) => ({
    match: match === undefined ? undefined : compileExpression(c, match),
    body: compileBlock(c, body, last && (index === statement.cases.length - 1 || body.at(-1)?.kind !== 'break')),
    // `case 1: 'one'; break` gives 'one' where the switch ends the script.
    ending: last && body.at(-1)?.kind === 'break' ? compileBlock(c, body.slice(0, -1), true) : undefined,
  }))
  return (frame) => {
    frame.machine.budget.step()
    const value = subject(frame)
    let from = cases.findIndex(({ match }) => match !== undefined && isCase(frame.machine, match(frame), value))
    if (from < 0) from = cases.findIndex(({ match }) => match === undefined)
    if (from < 0) return NORMAL
    for (let index = from; index < cases.length; index++) {
      const { body, ending } = cases[index]!
      const signal = (ending ?? body)(frame)
      if (signal === BREAK || (ending !== undefined && signal === NORMAL)) return NORMAL
      if (signal !== NORMAL) return signal
    }
    return NORMAL
  }
}

function compileAssert(c: Compiler, statement: StatementOf<'assert'>): Exec {
  const test = compileCondition(c, statement.test)
  const message = statement.message === undefined ? undefined : compileExpression(c, statement.message)
  return (frame) => {
    frame.machine.budget.step()
    if (test(frame)) return NORMAL
    const text = message === undefined ? 'assertion failed' : frame.machine.print(message(frame))
    throw raise('org.codehaus.groovy.runtime.powerassert.PowerAssertionError', text)
  }
}

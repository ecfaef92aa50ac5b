import type { Condition, Configuration, Operand, Statement, ValueNode } from './ast.ts'

/** The configuration as text, in the layout of Logstash's own documentation; parsing it gives the same tree. */
export function printConfiguration(configuration: Configuration): string {
  return configuration.sections.map((section) => `${section.kind} {\n${printBody(section.body, 1)}}\n`).join('\n')
}

function printBody(body: readonly Statement[], depth: number): string {
  return body.map((statement) => `${indent(depth)}${printStatement(statement, depth)}\n`).join('')
}

function printStatement(statement: Statement, depth: number): string {
  if (statement.node === 'plugin') return printPlugin(statement, depth)
  const cases = statement.cases.map(
    ({ condition, body }, index) =>
      `${index === 0 ? 'if' : 'else if'} ${printCondition(condition)} {\n${printBody(body, depth + 1)}${indent(depth)}}`,
  )
  if (statement.otherwise !== undefined)
    cases.push(`else {\n${printBody(statement.otherwise, depth + 1)}${indent(depth)}}`)
  return cases.join(' ')
}

function printPlugin(plugin: ValueNode & { node: 'plugin' }, depth: number): string {
  if (plugin.attributes.length === 0) return `${plugin.name} { }`
  const lines = plugin.attributes.map(
    ({ name, quoted, value }) =>
      `${indent(depth + 1)}${quoted ? `"${name}"` : name} => ${printValue(value, depth + 1)}\n`,
  )
  return `${plugin.name} {\n${lines.join('')}${indent(depth)}}`
}

function printValue(value: ValueNode, depth: number): string {
  switch (value.node) {
    case 'string':
      return `${value.quote}${value.raw}${value.quote}`
    case 'bareword':
      return value.value
    case 'number':
      return value.raw
    case 'array':
      return `[${value.items.map((item) => printValue(item, depth)).join(', ')}]`
    case 'hash':
      return `{ ${value.entries.map((entry) => `${printValue(entry.key, depth)} => ${printValue(entry.value, depth)} `).join('')}}`
    default:
      return printPlugin(value, depth)
  }
}

export function printCondition(condition: Condition): string {
  switch (condition.node) {
    case 'boolean':
      return `${printCondition(condition.left)} ${condition.operator} ${printCondition(condition.right)}`
    case 'not':
      return `!${printCondition(condition.inner)}`
    case 'group':
      return `(${printCondition(condition.inner)})`
    case 'truthy':
      return printOperand(condition.value)
    case 'compare':
      return `${printOperand(condition.left)} ${condition.operator} ${printOperand(condition.right)}`
    case 'match':
      return `${printOperand(condition.left)} ${condition.negated ? '!~' : '=~'} ${condition.pattern.written}`
    case 'in':
      return `${printOperand(condition.left)} ${condition.negated ? 'not in' : 'in'} ${printOperand(condition.right)}`
  }
}

function printOperand(operand: Operand): string {
  return operand.node === 'field' ? operand.path.text : printValue(operand, 0)
}

function indent(depth: number): string {
  return '  '.repeat(depth)
}

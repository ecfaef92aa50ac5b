/** The class that holds each primitive type as an object. */
export const BOXES: Readonly<Record<string, string>> = Object.assign(Object.create(null) as Record<string, string>, {
  int: 'java.lang.Integer',
  long: 'java.lang.Long',
  double: 'java.lang.Double',
  float: 'java.lang.Float',
  short: 'java.lang.Short',
  byte: 'java.lang.Byte',
  char: 'java.lang.Character',
  boolean: 'java.lang.Boolean',
})

/** The primitive type of each of those classes. */
export const PRIMITIVES: Readonly<Record<string, string>> = Object.assign(
  Object.create(null) as Record<string, string>,
  Object.fromEntries(Object.entries(BOXES).map(([primitive, box]) => [box, primitive])),
)

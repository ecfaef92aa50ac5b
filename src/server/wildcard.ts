/** A name with `*` for any run of characters, as a pattern for a whole name. */
export function wildcardPattern(text: string): RegExp {
  const source = text
    .split(/\*+/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
    .join('[^]*?')
  return new RegExp(`^${source}$`)
}

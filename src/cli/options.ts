/** For options that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

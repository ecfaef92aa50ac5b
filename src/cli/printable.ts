/**
 * Text that events brought in, safe for a terminal: control and format characters become `?`, line ends and tabs stay.
 * An attacker writes log lines; none of them may move the cursor, hide a line or set a title.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (c) => (c === '\n' || c === '\t' ? c : '?'))
}

// Owns what the command line writes: colours only on a terminal, tables that fit, JSON when asked.
import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]

/** Standard output of a command. Styles vanish when it is not a terminal, or with NO_COLOR. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

export function say(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** For progress, warnings and errors, so that standard output stays clean for pipes. */
export function tell(line = ''): void {
  process.stderr.write(`${line}\n`)
}

export function styledError(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr })
}

export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2))
}

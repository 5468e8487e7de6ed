// Owns what the command line writes: results on standard output, everything else on standard error.
import { once } from 'node:events'
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

/** Writes pieces as fast as they are read. */
export async function sayPieces(pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  for await (const piece of pieces) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
  }
}

export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2))
}

/** Columns of the terminal that standard output is; undefined when it is a pipe or a file. */
export function terminalColumns(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns || 80 : undefined
}

/** Text of others on one line, without what a terminal would obey: models, users and providers name themselves. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ')
}

/** The same for text of several lines, such as an answer: line breaks and tabs stay. */
export function printableLines(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, '')
}

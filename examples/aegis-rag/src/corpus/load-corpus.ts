// Owns the reading of documents: Markdown, text and PDF, with what their front matter says of them.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { extractText, getDocumentProxy } from 'unpdf'

export interface LoadedDocument {
  /** Relative to the corpus. */
  readonly path: string
  readonly title: string
  readonly text: string
  /** The front matter's lines, such as `classification: hipaa`. */
  readonly stated: Readonly<Record<string, string>>
  /** Of the file's bytes: what is unchanged is not read into the store again. */
  readonly hash: string
}

const readable = new Set(['.md', '.txt', '.pdf'])

/** All documents of a folder and what is below it, by path. */
export async function loadCorpus(folder: string): Promise<LoadedDocument[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() && readable.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(paths.sort().map((path) => loadDocument(path, relative(folder, path))))
}

export async function loadDocument(file: string, path: string): Promise<LoadedDocument> {
  const bytes = await readFile(file)
  const whole = extname(file).toLowerCase() === '.pdf' ? await pdfText(bytes) : bytes.toString('utf8')
  const { stated, text } = splitFrontMatter(whole)
  const title = stated.title ?? titleIn(text) ?? path
  return { path, title, text, stated, hash: createHash('sha256').update(bytes).digest('hex') }
}

async function pdfText(bytes: Uint8Array): Promise<string> {
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(bytes)), { mergePages: true })
  return text
}

/** `name: value` lines between two lines of `---` at the top. */
export function splitFrontMatter(whole: string): Pick<LoadedDocument, 'stated' | 'text'> {
  const match = /^---\r?\n(.*?)\r?\n---\r?\n/s.exec(whole)
  if (!match) return { stated: {}, text: whole }
  const lines = (match[1] ?? '').split(/\r?\n/).map((line) => /^([\w-]+):\s*(.*)$/.exec(line))
  const stated = Object.fromEntries(lines.flatMap((line) => (line ? [[line[1], line[2]?.trim()]] : [])))
  return { stated, text: whole.slice(match[0].length) }
}

/** A heading, or a first line that is short enough to be one. */
function titleIn(text: string): string | undefined {
  const first = text.trimStart().split(/\r?\n/, 1)[0] ?? ''
  return /^#+\s+(.+)$/m.exec(text)?.[1] ?? (/^.{1,80}$/.test(first) && !/[.!?]$/.test(first) ? first : undefined)
}

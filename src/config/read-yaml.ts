// Owns the reading of YAML and JSON text into a source tree. Errors never quote the text: it may hold keys.
import {
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml'
import { ConfigError } from './config-error.ts'
import { hasStandIns, hideReferences, showReferences } from './env-reference.ts'
import {
  MAX_DEPTH,
  MAX_VALUES,
  type PlainMapping,
  type PlainValue,
  type Position,
  pathText,
  type SettingPath,
  type SourceTree,
} from './source-tree.ts'

const MAX_TEXT_LENGTH = 1024 * 1024

/** @throws ConfigError at the first place that cannot be read. */
export function readYaml(text: string, file: string): SourceTree {
  const lines = new LineCounter()
  const fail = (message: string, offset?: number, path: SettingPath = []): never => {
    const position = offset === undefined ? undefined : positionAt(lines, offset)
    throw new ConfigError([{ message, file, line: position?.line, column: position?.column, path: pathText(path) }])
  }
  if (text.length > MAX_TEXT_LENGTH) fail('the file is larger than 1 MiB: is it the right one?')
  if (hasStandIns(text)) fail('the file holds U+FDD0 to U+FDD4, which are not characters: remove them')

  const document = parseText(hideReferences(text), lines) ?? fail('the file is nested too deeply')
  const [error] = [...document.errors, ...document.warnings]
  if (error) fail(syntaxMessages[error.code], error.pos[0])
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    fail('the file is empty: `aegis init` writes one to start from')
  }

  const positions = new Map<string, Position>()
  const anchors = new Map<string, Node>()
  let values = 0

  function read(node: Node | null, path: SettingPath): PlainValue {
    if (node === null) return null
    const offset = node.range?.[0]
    if (++values > MAX_VALUES) fail('the file has too many values, or aliases that multiply', offset, path)
    if (path.length > MAX_DEPTH) fail('the file is nested too deeply, or an alias contains itself', offset, path)
    if (isAlias(node)) {
      const target = anchors.get(node.source) ?? fail('this alias names no anchor above it', offset, path)
      return read(target, path)
    }
    if (offset !== undefined) positions.set(positionKey(path, 'value'), positionAt(lines, offset))
    if ('anchor' in node && typeof node.anchor === 'string') anchors.set(node.anchor, node)
    if (isMap<Node, Node | null>(node)) return readMapping(node, path)
    if (isSeq<Node | null>(node)) return node.items.map((item, index) => read(item, [...path, index]))
    return isScalar(node) ? plainScalar(node.value) : fail('this cannot be read', offset, path)
  }

  function readMapping(node: YAMLMap<Node, Node | null>, path: SettingPath): PlainMapping {
    const mapping: Record<string, PlainValue> = {}
    for (const pair of node.items) {
      const offset = pair.key?.range?.[0] ?? node.range?.[0]
      const name = keyName(pair.key) ?? fail('a key must be a plain word or a quoted text', offset, path)
      const keyPath = [...path, name]
      if (Object.hasOwn(mapping, name)) fail('this key is given twice: remove one of them', offset, keyPath)
      if (name === '__proto__') fail('__proto__ cannot be a key', offset, path)
      if (offset !== undefined) positions.set(positionKey(keyPath, 'key'), positionAt(lines, offset))
      mapping[name] = read(pair.value, keyPath)
    }
    return mapping
  }

  return {
    file,
    root: read(document.contents, []),
    positionOf: (path, part) => positions.get(positionKey(path, part)),
  }
}

/** Undefined when the text is nested beyond what the parser's stack can take. */
function parseText(text: string, lineCounter: LineCounter) {
  try {
    // Duplicate keys are found by our own walk, which knows their path.
    return parseDocument<Node>(text, {
      lineCounter,
      schema: 'core',
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'error',
    })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function keyName(key: Node | null): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined
  return showReferences(typeof key.value === 'string' ? key.value : (key.source ?? String(key.value)))
}

function plainScalar(value: unknown): PlainValue {
  if (typeof value === 'string') return showReferences(value)
  return typeof value === 'number' || typeof value === 'boolean' ? value : null
}

function positionKey(path: SettingPath, part: 'key' | 'value'): string {
  return JSON.stringify([part, ...path])
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

const badIndent = 'the indentation does not fit the lines around it, or a bracket is not closed'
const badKey = 'this cannot be a key: a key is one line, one word, and its value comes after `: `'
const badTag = 'tags such as !!binary are not used here: write the value without it'
const misplaced = 'this is not where YAML expects it: a bracket, comma, colon or quote before it is missing or too much'

const syntaxMessages: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias cannot have an anchor or tag of its own',
  BAD_ALIAS: 'this alias cannot be read: * is followed by the name of an anchor; put other text in quotes',
  BAD_DIRECTIVE: 'lines that start with % are not used here: remove it',
  BAD_DQ_ESCAPE: 'unknown escape in double quotes: write \\\\ for a backslash, or use single quotes',
  BAD_INDENT: badIndent,
  BAD_PROP_ORDER: 'an anchor or tag belongs directly before its value',
  BAD_SCALAR_START: 'text that starts with @, `, % or another special character must be in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping cannot start on the line of its key: begin a new, indented line',
  BLOCK_IN_FLOW: 'inside { } and [ ] separate entries with commas, not by lines and indentation',
  DUPLICATE_KEY: 'this key is given twice: remove one of them',
  IMPOSSIBLE: misplaced,
  KEY_OVER_1024_CHARS: badKey,
  MISSING_CHAR: 'a closing quote, bracket, colon or comma is missing here',
  MULTILINE_IMPLICIT_KEY: badKey,
  MULTIPLE_ANCHORS: 'a value can have one anchor only',
  MULTIPLE_DOCS: 'the file holds several documents: remove the --- line',
  MULTIPLE_TAGS: badTag,
  NON_STRING_KEY: badKey,
  RESOURCE_EXHAUSTION: 'the file is nested too deeply',
  TAB_AS_INDENT: 'a tab cannot indent YAML: use spaces',
  TAG_RESOLVE_FAILED: badTag,
  UNEXPECTED_TOKEN: misplaced,
  BAD_COLLECTION_TYPE: badTag,
}

// Owns the reading of a configuration that a program hands over as an object, into the same tree as a file's.
import { ConfigError } from './config-error.ts'
import { MAX_DEPTH, MAX_VALUES, type PlainValue, pathText, type SettingPath, type SourceTree } from './source-tree.ts'

/** Copies plain data; entries that are `undefined` count as absent. @throws ConfigError for anything but plain data. */
export function readObject(source: unknown, file: string): SourceTree {
  let values = 0

  function fail(path: SettingPath, message: string): never {
    throw new ConfigError([{ message, file, line: undefined, column: undefined, path: pathText(path) }])
  }

  function read(value: unknown, path: SettingPath): PlainValue {
    if (++values > MAX_VALUES) fail(path, 'the configuration has too many values')
    if (path.length > MAX_DEPTH) fail(path, 'the configuration is nested too deeply, or contains itself')
    if (value === undefined || value === null) return null
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
    if (Array.isArray(value)) return value.map((item, index) => read(item, [...path, index]))
    if (typeof value !== 'object' || !isPlain(value)) fail(path, 'must be plain data: text, numbers, lists and objects')
    const mapping: Record<string, PlainValue> = {}
    for (const [key, item] of Object.entries(value)) {
      if (key === '__proto__') fail(path, '__proto__ cannot be a key')
      if (item !== undefined) mapping[key] = read(item, [...path, key])
    }
    return mapping
  }

  return { file, root: read(source, []), positionOf: () => undefined }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

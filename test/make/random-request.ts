// Owns requests at random from an OpenAPI document: good ones, nearly good ones, and such as nobody sends on purpose.
import { type Listed, type OpenApi, type Parameter, parametersOf } from './described.ts'
import fc from './property.ts'
import { fitting, odd, oddTexts, planted, woundedOf } from './random-value.ts'

export interface RandomRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  /** Whether method and path are those of the operation. */
  readonly asDescribed: boolean
}

export interface RandomOptions {
  /** Planted in what is content. */
  readonly canary: string
  /** Values of `authorization`; undefined sends none. */
  readonly keys: readonly (string | undefined)[]
  /** Ids of what there is in a collection, such as files. */
  readonly ids: (collection: string) => readonly string[]
}

const BOUNDARY = 'aegis-random-boundary'

function formOf(value: unknown): Buffer {
  const parts = Object.entries(typeof value === 'object' && value !== null ? value : {}).map(([name, one]) => {
    const file = name === 'file' ? '; filename="requests.jsonl"' : ''
    const text = typeof one === 'string' ? one : JSON.stringify(one)
    return `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name.replaceAll('"', '')}"${file}\r\n\r\n${text}\r\n`
  })
  return Buffer.from(`${parts.join('')}--${BOUNDARY}--\r\n`)
}

interface RandomBody {
  readonly body: Buffer | undefined
  readonly type: string | undefined
}

const NO_BODY: RandomBody = { body: undefined, type: undefined }
const oddTypes = ['text/plain', 'application/xml', 'multipart/form-data', 'application/json; charset=utf-16', 'x', '']

/** An example names a file that there is not. */
function aboutFile(value: unknown, id = 'file-1'): unknown {
  return JSON.parse(JSON.stringify(value).replace('"file-1"', JSON.stringify(id)))
}

function bodiesOf(document: OpenApi, { operation }: Listed, { canary, ids }: RandomOptions): fc.Arbitrary<RandomBody> {
  const [first] = Object.entries(operation.requestBody?.content ?? {})
  if (!first) {
    const unasked = { body: Buffer.from('{"unasked":true}'), type: 'application/json' }
    return fc.oneof({ weight: 6, arbitrary: fc.constant(NO_BODY) }, fc.constant(unasked))
  }
  const [type, { schema, example }] = first
  const isForm = type === 'multipart/form-data'
  const right = isForm ? `${type}; boundary=${BOUNDARY}` : type
  const good = fc.nat().map((pick) => {
    const value = planted(example, canary)
    const known = ids('files')
    return aboutFile(value, known[pick % Math.max(1, known.length)])
  })
  const fits = fitting(document, schema, canary)
  const values = fc.oneof(good, fits, woundedOf(good), woundedOf(fits), odd)
  const bytes = values.map((value) => (isForm ? formOf(value) : Buffer.from(JSON.stringify(value) ?? '')))
  const broken = fc.tuple(bytes, fc.nat()).map(([whole, at]) => whole.subarray(0, at % Math.max(1, whole.length)))
  const noise = fc.uint8Array({ maxLength: 100 }).map((one) => Buffer.from(one))
  return fc.record({
    body: fc.oneof({ weight: 10, arbitrary: bytes }, broken, noise),
    type: fc.oneof({ weight: 8, arbitrary: fc.constant(right) }, fc.constantFrom(...oddTypes)),
  })
}

const oddParts = [
  '{}',
  '"<>',
  '\\',
  '%00',
  '%ff',
  '%',
  '%2f',
  '%2e%2e',
  '%F0%9F%98%80',
  'a%0d%0ab',
  '..',
  '.',
  '~',
  'a:b',
  "'",
  '*',
  '|',
  '%ED%A0%80',
]
/** What a path is about: `files` of /v1/files/{id}/content, `admin/budgets` of /admin/budgets/{id}. */
export function collectionOf(path: string): string {
  return path.replace(/^\/(v1\/)?/, '').replace(/\/\{.*$/, '')
}

const partOf = (known: () => readonly string[]) =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.nat().map((pick) => encodeURIComponent(known()[pick % Math.max(1, known().length)] ?? 'none')),
    },
    fc.constantFrom(...oddParts, 'auto', 'openai:gpt-4o', 'x'.repeat(3000)),
    fc.string({ minLength: 1, maxLength: 12 }).map((one) => encodeURIComponent(one)),
  )

function queriesOf(document: OpenApi, parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const names = parameters.filter((one) => one.in === 'query')
  if (names.length === 0) return fc.constantFrom('', '', '', '?', '?x=1', '?%')
  const oddValue = fc.constantFrom<unknown>(...oddTexts.slice(0, 8), 1e99)
  const pair = fc.constantFrom(...names).chain(({ name, schema }) => {
    const value = fc.oneof({ weight: 3, arbitrary: fitting(document, schema, 'x') }, oddValue)
    return value.map((one) => `${name}=${encodeURIComponent(String(one).toWellFormed())}`)
  })
  return fc.array(pair, { maxLength: 3 }).map((pairs) => (pairs.length > 0 ? `?${pairs.join('&')}` : ''))
}

/** Of those that can stand in a header. */
const headerTexts = fc.constantFrom('pii', 'public', 'low', 'critical', '1', '-1', 'a,b', '', '\u00ff', 'x'.repeat(300))

function headersOf(parameters: readonly Parameter[]): fc.Arbitrary<Readonly<Record<string, string>>> {
  const names = parameters.filter((one) => one.in === 'header').map(({ name }) => name)
  const some = fc.dictionary(fc.constantFrom(...names), headerTexts, { maxKeys: 2 })
  const misspelt = fc.constant<Record<string, string>>({ 'x-aegis-data-clasification': 'pii' })
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant<Record<string, string>>({}) },
    { weight: 5, arbitrary: some },
    misspelt,
  )
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** Requests to one operation. */
export function randomRequests(document: OpenApi, listed: Listed, options: RandomOptions): fc.Arbitrary<RandomRequest> {
  const parameters = parametersOf(document, listed.operation)
  const known = () => options.ids(collectionOf(listed.path))
  return fc
    .record({
      part: partOf(known),
      query: queriesOf(document, parameters),
      method: fc.oneof({ weight: 12, arbitrary: fc.constant(listed.method) }, fc.constantFrom(...methods)),
      content: bodiesOf(document, listed, options),
      key: fc.constantFrom(...options.keys),
      more: headersOf(parameters),
    })
    .map(({ part, query, method, content: { body, type }, key, more }) => {
      const path = listed.path.replaceAll(/\{\w+\}/g, () => part)
      const headers = {
        ...more,
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(key === undefined ? {} : { authorization: key }),
      }
      const bodyless = method === 'GET' || method === 'HEAD'
      const asDescribed = method === listed.method
      return { method, target: path + query, headers, body: bodyless ? undefined : body, asDescribed }
    })
}

/** The example of an operation, about the newest of what there is. */
export function exampleRequest({ method, path, operation }: Listed, { canary, ids }: RandomOptions): RandomRequest {
  const [content] = Object.entries(operation.requestBody?.content ?? {})
  const value = content && aboutFile(planted(content[1].example, canary), ids('files').at(-1))
  const isForm = content?.[0] === 'multipart/form-data'
  const type = isForm ? `${content?.[0]}; boundary=${BOUNDARY}` : content?.[0]
  const target = path.replace(/\{\w+\}/, () => encodeURIComponent(ids(collectionOf(path)).at(-1) ?? 'none'))
  const headers = type === undefined ? {} : { 'content-type': type }
  const body = content && (isForm ? formOf(value) : Buffer.from(JSON.stringify(value)))
  return { method, target, headers, body, asDescribed: true }
}

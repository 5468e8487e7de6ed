// Proves that /openapi.json is a sound OpenAPI document which describes every route, and that its examples are good requests.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { errorCatalogue } from '../../src/domain/errors.ts'
import { listRoutes } from '../../src/gateway/routes.ts'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { misfits, type OpenApi, operationsOf, parametersOf, resolve } from '../make/described.ts'
import { localOllama, openAIProvider, startGateway } from '../make/gateway.ts'
import { post, send } from './http-client.ts'

const KEY = 'sk-aegis-master-0123456789abcdef'
const ollama = await startOllamaUpstream()
const openai = await startOpenAIUpstream()
const gateway = await startGateway({
  providers: { local: localOllama(ollama), openai: openAIProvider(openai) },
  auth: { master_key: KEY },
})
after(async () => {
  await gateway.close()
  await Promise.all([ollama.close(), openai.close()])
})
const reply = await send(`${gateway.url}/openapi.json`)
const document = JSON.parse(reply.text) as OpenApi
const operations = operationsOf(document)
const nameOf = ({ method, path }: { readonly method: string; readonly path: string }) => `${method} ${path}`

test('the document needs no key, and holds no name of what is configured', () => {
  assert.equal(reply.status, 200)
  assert.match(String(reply.headers['content-type']), /^application\/json/)
  assert.doesNotMatch(reply.text, new RegExp(`${KEY}|${new URL(openai.url).port}|llama3\\.2`))
})

test('every route is an operation, and there is no other', () => {
  const routes = listRoutes().map(({ path, route }) => nameOf({ method: route.method, path }))
  assert.deepEqual(operations.map(nameOf).sort(), routes.sort())
})

test('an operation has an id of its own, a tag that is listed, and a summary', () => {
  const ids = operations.map(({ operation }) => operation.operationId)
  assert.deepEqual(ids.toSorted(), [...new Set(ids)].sort())
  const listed = (document.tags as readonly { readonly name: string }[]).map(({ name }) => name)
  for (const { operation } of operations) {
    assert.match(operation.operationId, /^[a-z]\w+$/i)
    assert.ok(operation.tags.length === 1 && listed.includes(String(operation.tags[0])), operation.operationId)
    assert.ok(operation.summary.length > 5, operation.operationId)
  }
})

test('every reference leads somewhere, and no schema stands there for nothing', () => {
  const pointers = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, pointer]) => String(pointer))
  assert.ok(pointers.length > 200)
  for (const pointer of pointers) assert.ok(resolve(document, pointer), pointer)
  for (const kind of ['schemas', 'headers', 'parameters']) {
    for (const name of Object.keys(document.components[kind] ?? {}))
      assert.ok(pointers.includes(`#/components/${kind}/${name}`), `${kind}/${name} is used`)
  }
})

test('the parameters of a path are those that are declared', () => {
  for (const { path, operation } of operations) {
    const declared = parametersOf(document, operation)
    const inPath = declared.filter((one) => one.in === 'path')
    assert.deepEqual(
      inPath.map(({ name, required }) => [name, required]),
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, true]),
      path,
    )
    const names = declared.map((one) => `${one.in} ${one.name.toLowerCase()}`)
    assert.equal(new Set(names).size, names.length, path)
    for (const { schema } of declared) assert.ok(schema, path)
  }
})

const words = new Set(
  [
    '$ref',
    'type',
    'properties',
    'required',
    'additionalProperties',
    'items',
    'anyOf',
    'enum',
    'default',
    'format',
  ].concat(
    ...['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'maxProperties', 'pattern'],
    ...['description', 'contentMediaType', 'examples'],
  ),
)
const types = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])

/** Of https://json-schema.org/draft/2020-12 the words that are used here. */
function assertSchema(schema: unknown, at: string): void {
  assert.ok(typeof schema === 'object' && schema !== null && !Array.isArray(schema), at)
  const { type, properties, required, items, anyOf, additionalProperties } = schema as Readonly<Record<string, unknown>>
  for (const word of Object.keys(schema)) assert.ok(words.has(word), `${at}: ${word}`)
  for (const one of type === undefined ? [] : [type].flat()) assert.ok(types.has(String(one)), `${at}: ${one}`)
  for (const [name, inner] of Object.entries(properties ?? {})) assertSchema(inner, `${at}.${name}`)
  for (const name of (required as readonly string[] | undefined) ?? [])
    assert.ok(properties && Object.hasOwn(properties, name), `${at}.${name} is required and not described`)
  if (items !== undefined) assertSchema(items, `${at}[]`)
  if (typeof additionalProperties === 'object') assertSchema(additionalProperties, `${at}.*`)
  for (const one of (anyOf as readonly unknown[] | undefined) ?? []) assertSchema(one, at)
}

test('every schema is a JSON Schema', () => {
  for (const [name, schema] of Object.entries(document.components.schemas)) assertSchema(schema, name)
  for (const { operation } of operations) {
    for (const { name, schema } of parametersOf(document, operation)) assertSchema(schema, name)
    for (const response of [operation.requestBody ?? {}, ...Object.values(operation.responses)])
      for (const { schema } of Object.values('content' in response ? (response.content ?? {}) : {}))
        assertSchema(schema, operation.operationId)
  }
})

test('an operation says what it answers, what it refuses and with which envelope', () => {
  const envelopes = {
    OpenAI: 'Error',
    Anthropic: 'AnthropicError',
    Ollama: 'OllamaError',
    Management: 'ManagementError',
  }
  for (const { operation, path } of operations) {
    const { responses, security, requestBody } = operation
    const statuses = Object.keys(responses)
    for (const status of statuses) assert.match(status, /^([1-5]\d\d|4XX)$/)
    assert.ok(
      statuses.some((status) => status.startsWith('2')),
      path,
    )
    assert.ok(statuses.includes('500'), path)
    if (security?.length !== 0) for (const status of ['401', '403']) assert.ok(statuses.includes(status), path)
    const wrong = operation.tags.includes('Management') ? '422' : '400'
    if (requestBody) for (const status of ['413', wrong]) assert.ok(statuses.includes(status), path)
    const envelope = Object.entries(envelopes).find(([tag]) => operation.tags.includes(tag))?.[1] ?? 'Error'
    const { schema } = responses['500']?.content?.['application/json'] ?? {}
    assert.equal(schema?.$ref, `#/components/schemas/${envelope}`, path)
  }
})

test('each error code stands somewhere, but for those that nobody can receive of these routes', () => {
  const text = operations.flatMap(({ operation }) => Object.values(operation.responses)).map((one) => one.description)
  const all = text.join('\n')
  const missing = Object.keys(errorCatalogue).filter((code) => !all.includes(`\`${code}\``))
  assert.deepEqual(missing, ['method_not_allowed', 'client_closed'])
})

test('an example is as its schema says, and the gateway takes it', async () => {
  const examples = operations.flatMap(({ path, method, operation }) =>
    Object.entries(operation.requestBody?.content ?? {}).map(([type, body]) => ({ path, method, type, ...body })),
  )
  assert.ok(examples.length > 25)
  for (const { path, method, type, schema, example } of examples) {
    assert.deepEqual(misfits(document, schema, example), [], path)
    if (type !== 'application/json' || method !== 'POST' || path.includes('{') || path.startsWith('/admin/')) continue
    // These name what has to be there before.
    if (path.endsWith('/batches') || /embed/.test(path)) continue
    const answer = await post(gateway.url + path, example ?? {}, { authorization: `Bearer ${KEY}` })
    assert.equal(answer.status, 200, `${path}: ${answer.text}`)
  }
})

test('/admin/openapi.json is the part of it that is /admin', async () => {
  const headers = { authorization: `Bearer ${KEY}` }
  const part = JSON.parse((await send(`${gateway.url}/admin/openapi.json`, { headers })).text) as OpenApi
  const expected = operations.filter(({ path }) => path.startsWith('/admin/'))
  assert.deepEqual(operationsOf(part), expected)
  for (const [, pointer] of JSON.stringify(part).matchAll(/"\$ref":"([^"]+)"/g))
    assert.ok(resolve(part, String(pointer)), pointer)
  assert.equal(part.components.schemas.ChatCompletionRequest, undefined)
})

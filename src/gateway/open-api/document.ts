// Owns the OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1.html), made from the list of routes.
import type { Need } from '../authenticate.ts'
import { type BodyDescription, tags } from './description.ts'
import { errorResponses, errorSchemas, headersOf, type RefusingRoute } from './error-responses.ts'
import {
  answerHeaders,
  commonHeaders,
  errorHeaders,
  hintParameters,
  hintSchemas,
  parameters,
  securitySchemes,
} from './hint-parts.ts'
import { type Schemas, text } from './schema.ts'

/** A route as the document needs it. */
export interface DescribedRoute extends RefusingRoute {
  readonly method: string
  readonly needs: Need
}

export interface DocumentParts {
  readonly title: string
  readonly description: string
  readonly version: string
  /** What the routes' descriptions refer to; what none refers to is left out. */
  readonly schemas: Schemas
}

export function openApiDocument(routes: readonly DescribedRoute[], parts: DocumentParts): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, routes) }
  }
  const used = new Set(routes.map(({ description }) => description.tag))
  return {
    openapi: '3.1.1',
    info: { title: parts.title, description: parts.description, version: parts.version },
    servers: [{ url: '/' }],
    security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
    tags: tags.filter((tag) => used.has(tag)).map((name) => ({ name })),
    paths,
    components: {
      schemas: reached(paths, { ...parts.schemas, ...hintSchemas, ...errorSchemas }),
      parameters,
      headers: { ...commonHeaders, ...answerHeaders, ...errorHeaders },
      securitySchemes,
    },
  }
}

function operationOf(route: DescribedRoute, routes: readonly DescribedRoute[]): object {
  const { path, open, needs, description: described } = route
  const { operation, tag, summary, description, documentation, body } = described
  const prefixed = routes.some((one) => one.path === `/v1${path}` && one.description === described)
  const said = [
    ...(prefixed ? [`The same as \`/v1${path}\`.`] : []),
    ...(description === undefined ? [] : [description]),
    ...(open ? ['Needs no key.'] : [needs === 'any' ? 'Any key will do.' : `Needs a key with the scope \`${needs}\`.`]),
  ]
  return {
    operationId: prefixed ? `${operation}WithoutPrefix` : operation,
    tags: [tag],
    summary,
    description: said.join(' '),
    ...(documentation === undefined ? {} : { externalDocs: { url: documentation } }),
    ...(open ? { security: [] } : {}),
    parameters: parametersOf(route),
    ...(body ? { requestBody: requestBodyOf(body) } : {}),
    responses: { ...answerOf(route), ...errorResponses(route) },
  }
}

function parametersOf({ path, description: { query = {}, headers = {}, hints } }: DescribedRoute): readonly object[] {
  return [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: text })),
    ...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', required: false, schema })),
    ...Object.entries(headers).map(([name, schema]) => ({ name, in: 'header', required: false, schema })),
    ...(hints ? Object.keys(hintParameters) : []).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    { $ref: '#/components/parameters/x-correlation-id' },
  ]
}

function requestBodyOf({ schema, example, type }: BodyDescription): object {
  return { required: true, content: { [type ?? 'application/json']: { schema, example } } }
}

function answerOf({ description: { answer, asks } }: DescribedRoute): Readonly<Record<string, object>> {
  const { schema, status = 200, also = {}, otherwise } = answer
  const contents = { ...(schema ? { 'application/json': schema } : {}), ...also }
  const content = Object.fromEntries(Object.entries(contents).map(([type, one]) => [type, { schema: one }]))
  const names = [...Object.keys(commonHeaders), ...(asks ? Object.keys(answerHeaders) : [])]
  const response = (description: string) => ({
    description,
    headers: headersOf(names),
    ...(Object.keys(content).length > 0 ? { content } : {}),
  })
  return {
    [String(status)]: response('Done.'),
    ...(otherwise ? { [String(otherwise.status)]: response(otherwise.description) } : {}),
  }
}

/** The schemas that something refers to, and those to which they refer. */
function reached(from: object, schemas: Schemas): Schemas {
  const found = new Map<string, Schemas[string]>()
  const look = (at: object) => {
    for (const [, name = ''] of JSON.stringify(at).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const schema = schemas[name]
      if (schema === undefined) throw new Error(`no schema is called ${name}`)
      if (found.has(name)) continue
      found.set(name, schema)
      look(schema)
    }
  }
  look(from)
  return Object.fromEntries([...found].sort(([left], [right]) => (left < right ? -1 : 1)))
}

// Owns GET /admin/openapi.json: the /admin routes as OpenAPI 3.1, made from their table.
import { type Exchange, sendJson } from '../exchange.ts'
import type { AdminRoute } from './admin-routes.ts'
import { ref, schemas } from './schemas.ts'

export function openApi(exchange: Exchange, routes: readonly AdminRoute[]): void {
  sendJson(exchange, 200, openApiDocument(routes, exchange.deps.version))
}

/** https://spec.openapis.org/oas/v3.1.1.html */
function openApiDocument(routes: readonly AdminRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Aegis administration', version },
    security: [{ masterKey: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        masterKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'None is asked for on loopback without a master key.',
        },
      },
    },
  }
}

function operationOf({ path, operation, summary, query = {}, body, answer, csv }: AdminRoute): object {
  const parameters = [
    ...(path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] : []),
    ...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', required: false, schema })),
  ]
  const error = { content: { 'application/json': { schema: ref('Error') } } }
  return {
    operationId: operation,
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: { 'application/json': { schema: body } } } } : {}),
    responses: {
      200: {
        description: 'Done.',
        content: {
          'application/json': { schema: answer },
          ...(csv ? { 'text/csv': { schema: { type: 'string' } } } : {}),
        },
      },
      default: { description: 'Refused; the error says why, and `param` names the field.', ...error },
    },
  }
}

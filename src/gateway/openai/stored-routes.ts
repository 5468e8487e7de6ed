// Owns the list of OpenAI's routes about what is kept, each with and without `/v1`. Declarations only.
import type { Handler } from '../exchange.ts'
import { needsStore } from '../ledger-away.ts'
import { cancelBatch, createBatch, getBatch, listBatches } from './batches/batches.ts'
import { createFile, deleteFile, getFile, getFileContent, listFiles } from './batches/files.ts'
import { createResponse, deleteResponse, getResponse, listInputItems } from './responses/responses.ts'

export interface StoredRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `{id}` stands for one part of the path. */
  readonly path: string
  readonly handler: Handler
}

const declared: readonly StoredRoute[] = [
  { method: 'POST', path: '/responses', handler: createResponse },
  { method: 'GET', path: '/responses/{id}', handler: getResponse },
  { method: 'DELETE', path: '/responses/{id}', handler: deleteResponse },
  { method: 'GET', path: '/responses/{id}/input_items', handler: listInputItems },
  { method: 'POST', path: '/files', handler: createFile },
  { method: 'GET', path: '/files', handler: listFiles },
  { method: 'GET', path: '/files/{id}', handler: getFile },
  { method: 'GET', path: '/files/{id}/content', handler: getFileContent },
  { method: 'DELETE', path: '/files/{id}', handler: deleteFile },
  { method: 'POST', path: '/batches', handler: createBatch },
  { method: 'GET', path: '/batches', handler: listBatches },
  { method: 'GET', path: '/batches/{id}', handler: getBatch },
  { method: 'POST', path: '/batches/{id}/cancel', handler: cancelBatch },
]

export const storedRoutes: readonly StoredRoute[] = declared.flatMap((route) => {
  const handler = needsStore(route.handler)
  return ['/v1', ''].map((prefix) => ({ ...route, path: prefix + route.path, handler }))
})

const patterns = storedRoutes.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replace('{id}', '[^/]+')}$`),
}))

/** Of the path's routes the one of the method, else the first, and every method that the path has. */
export function storedMatch(
  path: string,
  method: string,
): { readonly route: StoredRoute; readonly methods: readonly string[] } | undefined {
  const routes = patterns.filter(({ pattern }) => pattern.test(path)).map(({ route }) => route)
  const wanted = method === 'HEAD' ? 'GET' : method
  const route = routes.find((one) => one.method === wanted) ?? routes[0]
  return route && { route, methods: routes.map((one) => one.method) }
}

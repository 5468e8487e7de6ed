// Owns the list of OpenAI's routes about what is kept, each with and without `/v1`. Declarations only.
import type { Handler } from '../exchange.ts'
import { needsStore } from '../ledger-away.ts'
import type { Description } from '../open-api/description.ts'
import { cancelBatch, createBatch, getBatch, listBatches } from './batches/batches.ts'
import { createFile, deleteFile, getFile, getFileContent, listFiles } from './batches/files.ts'
import { createResponse, deleteResponse, getResponse, listInputItems } from './responses/responses.ts'
import { storedOperations as described } from './stored-operations.ts'

export interface StoredRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `{id}` stands for one part of the path. */
  readonly path: string
  readonly handler: Handler
  readonly description: Description
}

const declared: readonly StoredRoute[] = [
  { method: 'POST', path: '/responses', handler: createResponse, description: described.createResponse },
  { method: 'GET', path: '/responses/{id}', handler: getResponse, description: described.getResponse },
  { method: 'DELETE', path: '/responses/{id}', handler: deleteResponse, description: described.deleteResponse },
  {
    method: 'GET',
    path: '/responses/{id}/input_items',
    handler: listInputItems,
    description: described.listInputItems,
  },
  { method: 'POST', path: '/files', handler: createFile, description: described.createFile },
  { method: 'GET', path: '/files', handler: listFiles, description: described.listFiles },
  { method: 'GET', path: '/files/{id}', handler: getFile, description: described.getFile },
  { method: 'GET', path: '/files/{id}/content', handler: getFileContent, description: described.getFileContent },
  { method: 'DELETE', path: '/files/{id}', handler: deleteFile, description: described.deleteFile },
  { method: 'POST', path: '/batches', handler: createBatch, description: described.createBatch },
  { method: 'GET', path: '/batches', handler: listBatches, description: described.listBatches },
  { method: 'GET', path: '/batches/{id}', handler: getBatch, description: described.getBatch },
  { method: 'POST', path: '/batches/{id}/cancel', handler: cancelBatch, description: described.cancelBatch },
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

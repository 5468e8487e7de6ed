// Owns the table of the management routes: keys, users, budgets, prices and usage, as the any-llm gateway 1.14 has them.
import type { Handler } from '../exchange.ts'
import type { Description } from '../open-api/description.ts'
import { changeUserBudget, createUserBudget, getUserBudget, listUserBudgets, removeUserBudget } from './budgets.ts'
import { changeKey, createKey, getKey, listKeys, removeKey, revokeKey, rotateKey } from './keys.ts'
import { managed } from './managed.ts'
import { managementOperations as described } from './management-operations.ts'
import { getPrice, listPrices, removePrice, setPrice } from './pricing.ts'
import { listAllUsage, listUsersUsage } from './usage.ts'
import { changeUser, createUser, getUser, listUsers, removeUser } from './users.ts'

export type ManagementMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface ManagementRoute {
  readonly method: ManagementMethod
  /** `{id}` stands for one part of the path, `{key}` for the rest of it. */
  readonly path: string
  readonly handler: Handler
  readonly description: Description
  /** Answered without a key where `compat: any_llm` is set. */
  readonly openInCompat?: true
}

const rows: readonly (readonly [ManagementMethod, string, Handler, Description])[] = [
  ['POST', '/v1/keys', createKey, described.createKey],
  ['GET', '/v1/keys', listKeys, described.listKeys],
  ['GET', '/v1/keys/{id}', getKey, described.getKey],
  ['PATCH', '/v1/keys/{id}', changeKey, described.changeKey],
  ['DELETE', '/v1/keys/{id}', removeKey, described.removeKey],
  ['POST', '/v1/keys/{id}/rotate', rotateKey, described.rotateKey],
  ['POST', '/v1/keys/{id}/revoke', revokeKey, described.revokeKey],
  ['POST', '/v1/users', createUser, described.createUser],
  ['GET', '/v1/users', listUsers, described.listUsers],
  ['GET', '/v1/users/{id}', getUser, described.getUser],
  ['PATCH', '/v1/users/{id}', changeUser, described.changeUser],
  ['DELETE', '/v1/users/{id}', removeUser, described.removeUser],
  ['GET', '/v1/users/{id}/usage', listUsersUsage, described.listUsersUsage],
  ['POST', '/v1/budgets', createUserBudget, described.createUserBudget],
  ['GET', '/v1/budgets', listUserBudgets, described.listUserBudgets],
  ['GET', '/v1/budgets/{id}', getUserBudget, described.getUserBudget],
  ['PATCH', '/v1/budgets/{id}', changeUserBudget, described.changeUserBudget],
  ['DELETE', '/v1/budgets/{id}', removeUserBudget, described.removeUserBudget],
  ['POST', '/v1/pricing', setPrice, described.setPrice],
  ['GET', '/v1/pricing', listPrices, described.listPrices],
  ['GET', '/v1/pricing/{key}', getPrice, described.getPrice],
  ['DELETE', '/v1/pricing/{key}', removePrice, described.removePrice],
  ['GET', '/v1/usage', listAllUsage, described.listAllUsage],
]

export const managementRoutes: readonly ManagementRoute[] = rows.map(([method, path, handler, description]) => ({
  ...{ method, path, handler: managed(handler), description },
  ...(method === 'GET' && path.startsWith('/v1/pricing') ? { openInCompat: true as const } : {}),
}))

const patterns = managementRoutes.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replace('{id}', '[^/]+').replace('{key}', '.+')}$`),
}))

/** Of the path's routes the one of the method, else the first; and every method that the path has. */
export function managementMatch(path: string, method: string) {
  const routes = patterns.filter(({ pattern }) => pattern.test(path)).map(({ route }) => route)
  const wanted = method === 'HEAD' ? 'GET' : method
  const route = routes.find((one) => one.method === wanted) ?? routes[0]
  return route && { route, methods: routes.map((one) => one.method) }
}

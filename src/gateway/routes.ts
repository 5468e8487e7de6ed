// Owns the list of routes. Declarations only.

import { type AdminMethod, adminMatch, adminRoutes } from './admin/admin-routes.ts'
import { countMessageTokens } from './anthropic/count-tokens.ts'
import { messages } from './anthropic/messages.ts'
import type { Need } from './authenticate.ts'
import type { Handler } from './exchange.ts'
import { explainRoute } from './explain.ts'
import { health, liveness, readiness } from './health.ts'
import type { RequestLines } from './http/request-head.ts'
import { needsStore } from './ledger-away.ts'
import { type ManagementMethod, managementMatch, managementRoutes } from './management/management-routes.ts'
import { metrics } from './metrics.ts'
import { ollamaChat } from './ollama/chat.ts'
import { ollamaEmbed, ollamaEmbeddings } from './ollama/embed.ts'
import { ollamaGenerate } from './ollama/generate.ts'
import { ollamaPs, ollamaTags, ollamaVersion } from './ollama/models.ts'
import { ollamaShow } from './ollama/show.ts'
import { chatCompletions } from './openai/chat-completions.ts'
import { completions } from './openai/completions.ts'
import { embeddings } from './openai/embeddings.ts'
import { getModel, listModels } from './openai/models.ts'
import { storedMatch, storedRoutes } from './openai/stored-routes.ts'
import type { Dialect } from './render-error.ts'
import { statusPage } from './status/status.ts'

export interface Route {
  readonly method: AdminMethod | ManagementMethod
  /** The path's methods, when it has several. */
  readonly allow?: string
  readonly handler: Handler
  /** Answered without a key. A constant list: health for orchestrators, metrics for scrapers, the page's shell. */
  readonly open: boolean
  /** The same where `compat: any_llm` is set. */
  readonly openInCompat?: boolean
  /** The scope that a virtual key needs for it. */
  readonly needs: Need
  /** Whose error envelope the route's clients read. */
  readonly dialect: Dialect
}

/** Asking a model needs the scope for it; any key may see which models it has. */
const needOf = (method: Route['method']): Need => (method === 'GET' ? 'any' : 'inference')
const closed = (method: Route['method'], handler: Handler, needs = needOf(method)): Route => ({
  ...{ method, handler, needs },
  open: false,
  dialect: 'openai',
})
const ollama = (method: Route['method'], handler: Handler): Route => ({
  ...{ method, handler, needs: needOf(method) },
  open: false,
  dialect: 'ollama',
})
const anthropic = (handler: Handler): Route => ({
  ...{ method: 'POST', handler, needs: 'inference' },
  open: false,
  dialect: 'anthropic',
})
const open = (handler: Handler): Route => ({ method: 'GET', handler, open: true, dialect: 'openai', needs: 'any' })

/** What administers: looking needs less than changing. */
const needToManage = (method: Route['method']): Need => (method === 'GET' ? 'read' : 'admin')

/** Paths that match to the letter. OpenAI's and Anthropic's stand here with and without `/v1`. */
const exact: ReadonlyMap<string, Route> = new Map([
  ['/v1/chat/completions', closed('POST', chatCompletions)],
  ['/chat/completions', closed('POST', chatCompletions)],
  ['/v1/completions', closed('POST', completions)],
  ['/completions', closed('POST', completions)],
  ['/v1/embeddings', closed('POST', embeddings)],
  ['/embeddings', closed('POST', embeddings)],
  ['/v1/models', closed('GET', listModels)],
  ['/models', closed('GET', listModels)],
  ['/v1/messages', anthropic(messages)],
  ['/messages', anthropic(messages)],
  ['/v1/messages/count_tokens', anthropic(countMessageTokens)],
  ['/messages/count_tokens', anthropic(countMessageTokens)],
  ['/api/chat', ollama('POST', ollamaChat)],
  ['/api/generate', ollama('POST', ollamaGenerate)],
  ['/api/embed', ollama('POST', ollamaEmbed)],
  ['/api/embeddings', ollama('POST', ollamaEmbeddings)],
  ['/api/show', ollama('POST', ollamaShow)],
  ['/api/ps', ollama('GET', ollamaPs)],
  ['/api/tags', ollama('GET', ollamaTags)],
  ['/api/version', ollama('GET', ollamaVersion)],
  ['/v1/explain', closed('POST', explainRoute)],
  ['/health', open(health)],
  ['/health/liveness', open(liveness)],
  ['/health/liveliness', open(liveness)],
  ['/health/readiness', open(readiness)],
  ['/metrics', open(metrics)],
  ['/', open(statusPage)],
])

const oneModel = closed('GET', getModel)

const stored = new Map(storedRoutes.map((route) => [route, closed(route.method, route.handler)]))

const managementRouteOf = new Map(
  managementRoutes.map((route) => [
    route,
    {
      ...{ method: route.method, handler: route.handler, needs: needToManage(route.method) },
      ...{ open: false, openInCompat: route.openInCompat ?? false, dialect: 'management' as const },
    },
  ]),
)

const admin = new Map(
  adminRoutes.map((route) => [route, closed(route.method, needsStore(route.handler), needToManage(route.method))]),
)

/**
 * The route of a path, whatever its method; of a path with several the one of the method, if there is one. Authentication
 * and dispatch both use this one answer.
 */
export function routeOf(path: string, method: string): Route | undefined {
  const found = exact.get(path)
  if (found) return found
  if (path.startsWith('/admin/')) return adminRouteOf(path, method)
  if (path.startsWith('/v1/models/') || path.startsWith('/models/')) return oneModel
  const managed = path.startsWith('/v1/') ? managementMatch(path, method) : undefined
  const management = managed && managementRouteOf.get(managed.route)
  if (management) return { ...management, allow: managed.methods.join(', ') }
  const match = storedMatch(path, method)
  const route = match && stored.get(match.route)
  return route && { ...route, allow: match.methods.join(', ') }
}

/** The request lines of the exact routes, each with its own method: all that the fast lane takes. */
export function plainRequestLines(): RequestLines {
  const lines = new Map<string, { readonly method: 'GET' | 'POST'; readonly path: string }>()
  for (const [path, { method }] of exact) {
    if (method === 'GET' || method === 'POST') lines.set(`${method} ${path} HTTP/1.1`, { method, path })
  }
  return lines
}

function adminRouteOf(path: string, method: string): Route | undefined {
  const match = adminMatch(path, method)
  const route = match && admin.get(match.route)
  return route && { ...route, allow: match.methods.join(', ') }
}

/** All routes with their paths, for the reference. */
export function listRoutes(): { readonly path: string; readonly route: Route }[] {
  const listed = [
    ...[...exact].map(([path, route]) => ({ path, route })),
    ...[...stored].map(([{ path }, route]) => ({ path, route })),
    ...[...managementRouteOf].map(([{ path }, route]) => ({ path, route })),
    ...[...admin].map(([{ path }, route]) => ({ path, route })),
  ]
  return [...listed, { path: '/v1/models/{id}', route: oneModel }, { path: '/models/{id}', route: oneModel }]
}

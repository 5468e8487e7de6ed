// Owns the list of routes. Declarations only.

import { type AdminMethod, adminMatch, adminRoutes, describeAdmin } from './admin/admin-routes.ts'
import { anthropicOperations } from './anthropic/anthropic-operations.ts'
import { countMessageTokens } from './anthropic/count-tokens.ts'
import { messages } from './anthropic/messages.ts'
import type { Need } from './authenticate.ts'
import { docsPage } from './docs/docs.ts'
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
import { ollamaOperations } from './ollama/ollama-operations.ts'
import { ollamaShow } from './ollama/show.ts'
import type { Description } from './open-api/description.ts'
import type { DescribedRoute } from './open-api/document.ts'
import { openApi } from './open-api/open-api.ts'
import { chatCompletions } from './openai/chat-completions.ts'
import { completions } from './openai/completions.ts'
import { embeddings } from './openai/embeddings.ts'
import { getModel, listModels } from './openai/models.ts'
import { openAIOperations } from './openai/openai-operations.ts'
import { storedMatch, storedRoutes } from './openai/stored-routes.ts'
import { ownOperations } from './own-operations.ts'
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
  /** What /openapi.json says of it. */
  readonly description: Description
}

/** Asking a model needs the scope for it; any key may see which models it has. */
const needOf = (method: Route['method']): Need => (method === 'GET' ? 'any' : 'inference')
type Described = Omit<Route, 'open' | 'dialect' | 'needs'>
const closed = (route: Described, needs = needOf(route.method)): Route => ({
  ...route,
  ...{ needs, open: false, dialect: 'openai' },
})
const ask = (handler: Handler, description: Description): Route => closed({ method: 'POST', handler, description })
const look = (handler: Handler, description: Description): Route => closed({ method: 'GET', handler, description })
const ollama = (method: Route['method'], handler: Handler, description: Description): Route => ({
  ...{ method, handler, needs: needOf(method), description },
  ...{ open: false, dialect: 'ollama' },
})
const anthropic = (handler: Handler, description: Description): Route => ({
  ...{ method: 'POST', handler, needs: 'inference', description },
  ...{ open: false, dialect: 'anthropic' },
})
const open = (handler: Handler, description: Description): Route => ({
  ...{ method: 'GET', handler, needs: 'any', description },
  ...{ open: true, dialect: 'openai' },
})

/** What administers: looking needs less than changing. */
const needToManage = (method: Route['method']): Need => (method === 'GET' ? 'read' : 'admin')

/** Paths that match to the letter. OpenAI's and Anthropic's stand here with and without `/v1`. */
const exact: ReadonlyMap<string, Route> = new Map([
  ['/v1/chat/completions', ask(chatCompletions, openAIOperations.chat)],
  ['/chat/completions', ask(chatCompletions, openAIOperations.chat)],
  ['/v1/completions', ask(completions, openAIOperations.completion)],
  ['/completions', ask(completions, openAIOperations.completion)],
  ['/v1/embeddings', ask(embeddings, openAIOperations.embedding)],
  ['/embeddings', ask(embeddings, openAIOperations.embedding)],
  ['/v1/models', look(listModels, openAIOperations.models)],
  ['/models', look(listModels, openAIOperations.models)],
  ['/v1/messages', anthropic(messages, anthropicOperations.messages)],
  ['/messages', anthropic(messages, anthropicOperations.messages)],
  ['/v1/messages/count_tokens', anthropic(countMessageTokens, anthropicOperations.countTokens)],
  ['/messages/count_tokens', anthropic(countMessageTokens, anthropicOperations.countTokens)],
  ['/api/chat', ollama('POST', ollamaChat, ollamaOperations.chat)],
  ['/api/generate', ollama('POST', ollamaGenerate, ollamaOperations.generate)],
  ['/api/embed', ollama('POST', ollamaEmbed, ollamaOperations.embed)],
  ['/api/embeddings', ollama('POST', ollamaEmbeddings, ollamaOperations.embeddings)],
  ['/api/show', ollama('POST', ollamaShow, ollamaOperations.show)],
  ['/api/ps', ollama('GET', ollamaPs, ollamaOperations.ps)],
  ['/api/tags', ollama('GET', ollamaTags, ollamaOperations.tags)],
  ['/api/version', ollama('GET', ollamaVersion, ollamaOperations.version)],
  ['/v1/explain', ask(explainRoute, ownOperations.explain)],
  ['/health', open(health, ownOperations.health)],
  ['/health/liveness', open(liveness, ownOperations.liveness)],
  ['/health/liveliness', open(liveness, ownOperations.liveliness)],
  ['/health/readiness', open(readiness, ownOperations.readiness)],
  ['/metrics', open(metrics, ownOperations.metrics)],
  ['/', open(statusPage, ownOperations.statusPage)],
  ['/docs', open(docsPage, ownOperations.docsPage)],
  ['/openapi.json', open(openApi(describedRoutes), ownOperations.openApi)],
  [
    '/admin/openapi.json',
    closed(
      {
        method: 'GET',
        handler: openApi(administration, 'Aegis administration'),
        description: ownOperations.adminOpenApi,
      },
      'read',
    ),
  ],
])

const oneModel = look(getModel, openAIOperations.model)

const stored = new Map(
  storedRoutes.map((route) => [
    route,
    closed({ method: route.method, handler: route.handler, description: route.description }),
  ]),
)

const managementRouteOf = new Map(
  managementRoutes.map((route) => [
    route,
    {
      ...{ method: route.method, handler: route.handler, needs: needToManage(route.method) },
      ...{ open: false, openInCompat: route.openInCompat ?? false, dialect: 'management' as const },
      description: route.description,
    },
  ]),
)

const admin = new Map(
  adminRoutes.map((route) => [
    route,
    closed(
      { method: route.method, handler: needsStore(route.handler), description: describeAdmin(route) },
      needToManage(route.method),
    ),
  ]),
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

/** All routes as their document is made of them. */
export function describedRoutes(): readonly DescribedRoute[] {
  return listRoutes().map(({ path, route: { method, open, needs, dialect, description } }) => ({
    ...{ path, method, open, needs, dialect, description },
  }))
}

function administration(): readonly DescribedRoute[] {
  return describedRoutes().filter(({ path }) => path.startsWith('/admin/'))
}

/** Owns the words of the competition: a running proxy, and a lane: one kind of request through one proxy. */
import type { ChatRequest } from '../load/chat-request.ts'
import type { Child } from '../process/children.ts'

export type ProxyName = 'direct' | 'nginx' | 'bare' | 'aegis' | 'portkey'

export interface RunningProxy {
  readonly name: ProxyName
  readonly child: Child
  readonly port: number
  /** What this proxy wants for the plainest request to its upstream. */
  readonly request: ChatRequest
}

export interface Lane {
  /** Stable: results are compared by it. */
  readonly id: string
  readonly label: string
  readonly proxy: RunningProxy
  readonly request: ChatRequest
}

/** The key every proxy is sent. Only Aegis checks it. */
export const KEY = 'sk-aegis-bench-0123456789abcdef0123456789abcdef'
export const LOCAL_MODEL = 'bench-local'
export const CLOUD_MODEL = 'gpt-4o-mini'

/** The request that needs nothing but the key. */
export const PLAIN_REQUEST: ChatRequest = {
  model: LOCAL_MODEL,
  headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
}

/** The same with another model or more headers. */
export function varied(model: string, headers: Readonly<Record<string, string>> = {}): ChatRequest {
  return { model, headers: { ...PLAIN_REQUEST.headers, ...headers } }
}

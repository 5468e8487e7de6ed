// Owns the reading of OLLAMA_HOST, as Ollama's own clients read it.
import { isIP } from 'node:net'
import { readAddress } from './provider-address.ts'

const DEFAULT_PORT = '11434'

export const DEFAULT_OLLAMA_URL = `http://127.0.0.1:${DEFAULT_PORT}`

/**
 * The address that OLLAMA_HOST names: `host`, `host:port`, `:port` or a URL. The port is 11434 unless there is one or
 * a scheme implies one. The server listens where it says, so 0.0.0.0 and :: mean this machine.
 * Source: `envconfig.Host` of ollama/ollama and `formatHost` of ollama-js.
 * @returns undefined when it is not an address.
 * @example ollamaUrl('gpu-box') // 'http://gpu-box:11434'
 */
export function ollamaUrl(text: string): string | undefined {
  const trimmed = text.trim().replace(/^["']|["']$/g, '')
  const url = trimmed.includes('://') ? trimmed : withScheme(trimmed)
  const address = readAddress(url.replace(/^(https?:\/\/)(?:0\.0\.0\.0|\[::\])(?=[:/]|$)/, '$1127.0.0.1'))
  return typeof address === 'string' ? undefined : address.origin + address.path
}

function withScheme(text: string): string {
  if (isIP(text) === 6) return `http://[${text}]:${DEFAULT_PORT}`
  const [hostAndPort = '', ...path] = text.split('/')
  const [, host = hostAndPort, port = DEFAULT_PORT] = /^(.*):(\d+)$/.exec(hostAndPort) ?? []
  const scheme = host === 'ollama.com' ? 'https' : 'http'
  const origin = scheme === 'https' ? `https://${host}` : `http://${host === '' ? '127.0.0.1' : host}:${port}`
  return [origin, ...path].join('/')
}

// Owns what a few names resolve to in a test; every other name is looked up as always.
import dns, { type LookupAddress } from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { isIP } from 'node:net'
import { mock } from 'node:test'

type Callback = (error: Error | null, found: LookupAddress[]) => void

/**
 * Until it is disposed. A name without addresses does not exist.
 * @example using names = resolveNames({ 'ollama.test': ['127.0.0.1'] })
 */
export function resolveNames<Names extends Record<string, readonly string[]>>(names: Names): Names & Disposable {
  const real = dns.lookup
  const mocked = mock.method(dns, 'lookup', (hostname: string, ...rest: unknown[]) => {
    if (!Object.hasOwn(names, hostname)) return Reflect.apply(real, dns, [hostname, ...rest])
    const found = (names[hostname] ?? []).map((address) => ({ address, family: isIP(address) }))
    const missing = Object.assign(new Error(`${hostname} does not exist`), { code: 'ENOTFOUND' })
    setImmediate(() => (rest.at(-1) as Callback)(found.length === 0 ? missing : null, found))
  })
  syncBuiltinESMExports()
  return Object.assign(names, {
    [Symbol.dispose]: () => {
      mocked.mock.restore()
      syncBuiltinESMExports()
    },
  })
}

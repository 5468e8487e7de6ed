// Preloaded into a gateway process: it can open no socket but to the allowed ports of loopback, every other try is
// written down, and names resolve to what a file says at that moment.
import dns, { type LookupAddress, type LookupOptions } from 'node:dns'
import { appendFileSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isIP, type NetConnectOpts, Socket, type TcpNetConnectOpts } from 'node:net'

type Found = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void
type Lookup = (hostname: string, options: LookupOptions, callback: Found) => void

const { WALL_LOG: log = '', WALL_NAMES: names = '', WALL_PORTS: ports = '' } = process.env
const allowed = new Set(ports.split(','))

function passes(address: string, port: unknown): boolean {
  if (address === '127.0.0.1' && allowed.has(String(port))) return true
  appendFileSync(log, `${address}:${port}\n`)
  return false
}

const refusal = () => Object.assign(new Error('the wall'), { code: 'ECONNREFUSED' })

/** What the gateway's own check lets through is still checked here, before a socket is opened. */
function walledLookup(lookup: Lookup, port: unknown): Lookup {
  return (hostname, options, callback) =>
    lookup(hostname, options, (error, address, family) => {
      const found = Array.isArray(address) ? address.map((one) => one.address) : [address]
      if (!error && !found.every((one) => passes(one, port))) return callback(refusal(), [])
      return callback(error, address, family)
    })
}

const resolve: Lookup = (hostname, options, callback) => {
  const table = JSON.parse(readFileSync(names, 'utf8')) as Record<string, string[] | undefined>
  const own = isIP(hostname) === 0 ? table[hostname] : [hostname]
  const found = (own ?? []).map((address) => ({ address, family: isIP(address) }))
  const [first] = found
  if (!first) return callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), [])
  return options.all ? callback(null, found) : callback(null, first.address, first.family)
}
dns.lookup = ((hostname: string, ...rest: unknown[]) => {
  const callback = rest.at(-1) as Found
  const options = typeof rest[0] === 'object' ? (rest[0] as LookupOptions) : {}
  setImmediate(() => resolve(hostname, options, callback))
}) as typeof dns.lookup
syncBuiltinESMExports()

/** Node itself passes the options as the first item of an array. */
function optionsOf([first, second]: readonly unknown[]): NetConnectOpts {
  const given: unknown = Array.isArray(first) ? first[0] : first
  if (typeof given === 'object' && given !== null) return given as NetConnectOpts
  return { port: Number(given), host: typeof second === 'string' ? second : 'localhost' }
}

const connect = Socket.prototype.connect as (...given: unknown[]) => Socket
Socket.prototype.connect = function walled(this: Socket, ...given: unknown[]): Socket {
  const options = optionsOf(given) as Partial<TcpNetConnectOpts>
  const { host = 'localhost', port } = options
  if (isIP(host) === 0) {
    options.lookup = walledLookup((options.lookup as Lookup | undefined) ?? (dns.lookup as unknown as Lookup), port)
    return Reflect.apply(connect, this, Array.isArray(given[0]) ? given : [options, given.at(-1)])
  }
  if (passes(host, port)) return Reflect.apply(connect, this, given)
  process.nextTick(() => this.destroy(refusal()))
  return this
}

// Owns which addresses count as this machine or as a private network.
import { BlockList, isIP } from 'node:net'

/** A block of addresses in CIDR notation, taken apart. */
interface Block {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

const loopbackBlocks = ['127.0.0.0/8', '::1/128']
/** RFC 1918, RFC 3927 link-local, RFC 4193 unique local, RFC 4291 link-local, and loopback itself. */
const privateBlocks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
  ...loopbackBlocks,
]

const loopback = blockListOf(loopbackBlocks)

/** True for `localhost`, 127.0.0.0/8 and ::1; for no other name, since names resolve to what they like. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || contains(loopback, host)
}

/** True for an IP address inside one of the CIDR blocks; false for every name. */
export function isInNetworks(host: string, networks: readonly string[]): boolean {
  return networks.length > 0 && contains(blockListOf(networks), host)
}

/** True for an IP address that no host on the internet has. */
export function isPrivateAddress(host: string): boolean {
  return isInNetworks(host, privateBlocks)
}

/** What is wrong with an entry of `privacy.local_networks`, or undefined. */
export function networkProblem(text: string): string | undefined {
  if (isIP(text) !== 0) return `must be a CIDR block: add ${isIP(text) === 4 ? '/32' : '/128'} for a single address`
  const block = readBlock(text)
  if (!block) return 'must be a CIDR block, such as 10.1.0.0/16 or fd00::/8'
  const isPrivate = privateBlocks.some((text) => {
    const whole = readBlock(text)
    return whole?.family === block.family && block.prefix >= whole.prefix && isInNetworks(block.address, [text])
  })
  if (isPrivate) return undefined
  const ranges = '10/8, 172.16/12, 192.168/16, 169.254/16, fc00::/7, fe80::/10 or loopback'
  return `is not inside a private range (${ranges}), so data sent there would leave your network`
}

function readBlock(text: string): Block | undefined {
  const match = /^([\d.a-fA-F:]+)\/(\d{1,3})$/.exec(text)
  const address = match?.[1] ?? ''
  const version = isIP(address)
  const prefix = Number(match?.[2])
  if (version === 0 || prefix > (version === 4 ? 32 : 128)) return undefined
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of networks) {
    const block = readBlock(text)
    if (block) list.addSubnet(block.address, block.prefix, block.family)
  }
  return list
}

function contains(list: BlockList, host: string): boolean {
  const version = isIP(host)
  return version !== 0 && list.check(host, version === 4 ? 'ipv4' : 'ipv6')
}

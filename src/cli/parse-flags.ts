// Owns the reading of flag values, with errors that commander shows beside the flag.
import { InvalidArgumentError } from 'commander'

export function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.')
  return port
}

/** @returns a parser for whole numbers from 1 to `most`. */
export function wholeNumberUpTo(most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`)
  }
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/**
 * A moment in the past: so long ago (`30m`, `24h`, `7d`, `4w`), or a date in UTC (`2026-11-01`, `2026-11-01T08:00Z`).
 * @returns milliseconds since 1970.
 */
export function pastMoment(text: string, nowMs: number): number {
  const age = /^(\d{1,6})([mhdw])$/.exec(text)
  if (age) return nowMs - Number(age[1]) * unitMs[age[2] as keyof typeof unitMs]
  const moment = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(moment)) {
    throw new InvalidArgumentError('Write how long ago, such as 30m, 24h, 7d or 4w, or a date such as 2026-11-01.')
  }
  return moment
}

/** The address of a gateway, without a trailing slash or `/v1`. */
export function gatewayUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('Write an address such as http://127.0.0.1:8080.')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new InvalidArgumentError('Only scheme, host, port and path belong there; the key stands in AEGIS_MASTER_KEY.')
  }
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')
}

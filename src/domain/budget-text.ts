// Owns how windows and time zones of budgets are written: the same in the configuration, on the command line and over HTTP.
import type { BudgetWindow } from './budget.ts'

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/**
 * `day`, `week`, `month`, `lifetime`, or a rolling time; undefined for anything else.
 * @example windowOfText('90m') // { kind: 'rolling', seconds: 5400 }
 */
export function windowOfText(per: string): BudgetWindow | undefined {
  if (per === 'day' || per === 'week' || per === 'month' || per === 'lifetime') return { kind: per }
  const [, count, unit] = /^([1-9]\d{0,8})([smhd])$/.exec(per) ?? []
  if (count === undefined) return undefined
  return { kind: 'rolling', seconds: Number(count) * SECONDS[unit as keyof typeof SECONDS] }
}

/** The text of a window: `month`, a rolling time in its largest unit: `30d`, `90m`; `each 30d from 2026-11-01T…`. */
export function windowText(window: BudgetWindow): string {
  if (window.kind === 'rolling') return spanText(window.seconds)
  if (window.kind !== 'interval') return window.kind
  const from = `from ${new Date(window.sinceMs).toISOString()}`
  return window.seconds === undefined ? from : `each ${spanText(window.seconds)} ${from}`
}

function spanText(seconds: number): string {
  const unit = (['d', 'h', 'm'] as const).find((one) => seconds % SECONDS[one] === 0) ?? 's'
  return `${seconds / SECONDS[unit]}${unit}`
}

/** `Intl` also takes offsets such as +02:00, in which months begin an hour off for half of the year. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

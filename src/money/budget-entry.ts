// Owns how a budget is written when it is set at run time: from the command line and over HTTP alike.
import { type Budget, type BudgetScope, type BudgetWindow, budgetScopes } from '../domain/budget.ts'
import { isTimeZone, windowOfText, windowText } from '../domain/budget-text.ts'
import { AegisError } from '../domain/errors.ts'
import { fromUsd, type NanoUsd, usdNumber } from '../domain/money.ts'

/** What an entry that says nothing else gets, from the configuration. */
export interface BudgetDefaults {
  readonly timeZone: string
  readonly onExceeded: 'fallback' | 'reject'
  readonly alertAtPercent: readonly number[]
  /** The providers that there are. */
  readonly providers: readonly string[]
}

/** The members of an entry. */
export const budgetMembers = [
  'scope',
  'subject',
  'per',
  'limit_usd',
  'soft',
  'on_exceeded',
  'time_zone',
  'alert_at_percent',
] as const
export type BudgetEntry = Readonly<Partial<Record<(typeof budgetMembers)[number], unknown>>>

/** Ids that no budget of the configuration has. */
const ID_PREFIX = 'set'
const LONGEST_SUBJECT = 256

/**
 * The budget of an entry. Its id is made of whom it holds for, its window and whether it is soft, so that setting it again
 * replaces it.
 * @param rule what set it, for people.
 * @throws AegisError `invalid_request` whose `param` is the member at fault.
 * @example budgetOfEntry({ scope: 'provider', subject: 'openai', per: 'month', limit_usd: 80 }, defaults, 'aegis budget set')
 */
export function budgetOfEntry(entry: object, defaults: BudgetDefaults, rule: string): Budget {
  for (const member of Object.keys(entry)) {
    if (budgetMembers.some((known) => known === member)) continue
    refuse(member.slice(0, 80), `There is no member of that name. A budget has ${budgetMembers.join(', ')}.`)
  }
  const {
    scope: givenScope,
    subject: givenSubject,
    per,
    limit_usd,
    soft,
    on_exceeded,
    time_zone,
    ...more
  } = entry as BudgetEntry
  const scope = scopeOf(givenScope)
  const subject = subjectOf(scope, givenSubject, defaults)
  const window = windowOf(per)
  const isSoft = optional(soft, false, isBoolean, 'soft', 'must be true or false')
  return {
    id: [
      ID_PREFIX,
      scope,
      ...(scope === 'global' ? [] : [subject]),
      windowText(window),
      ...(isSoft ? ['soft'] : []),
    ].join(':'),
    scope,
    subject,
    window,
    timeZone: optional(time_zone, defaults.timeZone, isZone, 'time_zone', 'must be an IANA time zone, such as UTC'),
    limit: limitOf(limit_usd),
    soft: isSoft,
    onExceeded: optional(on_exceeded, defaults.onExceeded, isOnExceeded, 'on_exceeded', 'must be fallback or reject'),
    alertAtPercent: optional(
      more.alert_at_percent,
      defaults.alertAtPercent,
      arePercents,
      'alert_at_percent',
      'must be at most 20 whole numbers from 1 to 1000',
    ).toSorted((left, right) => left - right),
    rule,
  }
}

/** A budget as an entry: what `budgetOfEntry` reads. */
export function entryOf(budget: Budget): Required<BudgetEntry> {
  const { scope, subject, window, soft, onExceeded, timeZone, alertAtPercent } = budget
  return {
    scope,
    subject,
    per: windowText(window),
    limit_usd: usdNumber(budget.limit),
    soft,
    on_exceeded: onExceeded,
    time_zone: timeZone,
    alert_at_percent: alertAtPercent,
  }
}

function scopeOf(value: unknown): BudgetScope {
  const scope = budgetScopes.find((one) => one === value)
  return scope ?? refuse('scope', `It must be one of ${budgetScopes.join(', ')}.`)
}

function subjectOf(scope: BudgetScope, value: unknown, { providers }: BudgetDefaults): string {
  if (scope === 'global') {
    if (value === undefined || value === '') return ''
    return refuse('subject', 'A global budget has none.')
  }
  const fits = typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST_SUBJECT
  if (!fits || /\p{Cc}/u.test(value)) {
    return refuse(
      'subject',
      `It must be text of one line with 1 to ${LONGEST_SUBJECT} characters; * is each on its own.`,
    )
  }
  const subject = value.trim()
  if (scope === 'provider' && subject !== '*' && !providers.includes(subject)) {
    return refuse('subject', `No provider has this name. There are ${providers.join(', ')}; * is each on its own.`)
  }
  return subject
}

function windowOf(per: unknown): BudgetWindow {
  const window = typeof per === 'string' ? windowOfText(per) : undefined
  return (
    window ?? refuse('per', 'It must be day, week, month, lifetime, or a rolling time such as 3600s, 90m, 12h or 30d.')
  )
}

function limitOf(value: unknown): NanoUsd {
  try {
    if (typeof value === 'number' || typeof value === 'string') return fromUsd(value)
  } catch {
    // Said below, with the member's name.
  }
  return refuse('limit_usd', 'It must be an amount in US dollars from 0 to 9000000.')
}

function optional<Value>(
  value: unknown,
  otherwise: Value,
  fits: (value: unknown) => value is Value,
  member: string,
  rule: string,
): Value {
  if (value === undefined) return otherwise
  return fits(value) ? value : refuse(member, `It ${rule}.`)
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'

const isOnExceeded = (value: unknown): value is 'fallback' | 'reject' => value === 'fallback' || value === 'reject'

const isZone = (value: unknown): value is string => typeof value === 'string' && isTimeZone(value)

function arePercents(value: unknown): value is readonly number[] {
  if (!Array.isArray(value) || value.length > 20) return false
  return value.every((percent) => Number.isInteger(percent) && percent >= 1 && percent <= 1000)
}

function refuse(param: string, message: string): never {
  throw new AegisError('invalid_request', `${param}: ${message}`, { param })
}

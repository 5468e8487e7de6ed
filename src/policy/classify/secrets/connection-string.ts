// Owns passwords in addresses: databases, web servers, message brokers, and the key=value form of drivers.
import type { KeywordDetector, PatternDetector } from '../engine/detector.ts'
import { isPlaceholder, isTemplate } from './entropy.ts'

const facts = { type: 'secret', level: 'confidential', category: 'secret' } as const

export const addressWithPassword: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'secret_url_password',
  source: 'RFC 3986 section 3.2.1',
  anchor: ['://'],
  pattern:
    /(?<scheme>\b[a-z][a-z0-9+]{1,20}):\/\/(?<user>[^\s:/@"'<>]{0,80}):(?<password>[^\s/"'<>]{2,128}?)@(?<host>[\w.[\]-]{1,120})/gi,
  score: 0.85,
  check: (match) => {
    const { scheme = '', user = '', password = '', host = '' } = match.groups ?? {}
    if (password === 'x-oauth-basic') return user.length >= 16
    if (isTemplate(user) || password.length < 4 || isPlaceholder(password) || user === password) return false
    if (/^pass(?:wd)?$/i.test(password))
      return !/^(?:localhost|127\.|\[::1)/.test(host) && /^(?:https?|ftps?)$/i.test(scheme)
    return true
  },
}

/** `Server=db;User Id=app;Password=…;` */
export const driverString: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'secret_driver_string',
  source: 'learn.microsoft.com: SqlConnection.ConnectionString',
  keywords: ['password=', 'pwd=', 'password =', 'pwd ='],
  before: 120,
  after: 100,
  pattern:
    /(?:server|data source|host|user id|uid|database|dsn|account)[ ]?=[^;\n]{1,80};(?:[^;\n]{1,60};){0,4}? ?(?:password|pwd) ?= ?(?<value>[^;\s"']{4,80})/gi,
  score: 0.8,
  check: (match) => !isPlaceholder(match.groups?.value ?? ''),
}

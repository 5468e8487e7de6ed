// Owns credentials in transit: JSON web tokens, authorization headers, cookies.
import type { KeywordDetector, PatternDetector } from '../engine/detector.ts'
import { isPlaceholder } from './entropy.ts'

const facts = { type: 'secret', level: 'confidential', category: 'secret' } as const

export const jsonWebToken: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'secret_jwt',
  source: 'RFC 7519',
  anchor: ['eyj'],
  pattern: /(?<![\w-])eyJ[\w-]{10,1000}\.eyJ[\w-]{10,4000}\.(?:[\w-]{10,1000}|(?![\w-]))/g,
  score: 0.85,
}

export const authorizationHeader: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'secret_authorization',
  source: 'RFC 9110 section 11.6.2, RFC 6750',
  keywords: ['authorization', 'bearer', 'x-api-key', 'api-key', 'x-auth-token'],
  after: 400,
  pattern:
    /(?:authorization["']?[ \t]*[:=,][ \t]*["']?(?:bearer|basic|token|apikey)|bearer|(?:x-)?api-key["']?[ \t]*[:=]|x-auth-token["']?[ \t]*[:=])[ \t]+["']?(?<value>[A-Za-z0-9+/_.~=-]{16,380})/gi,
  score: 0.75,
  check: (match) => {
    const value = match.groups?.value ?? ''
    return (
      /\d/.test(value) && /[A-Za-z]/.test(value) && !isPlaceholder(value) && !/^[a-z]+(?:[._-][a-z]+)+$/i.test(value)
    )
  },
}

export const sessionCookie: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'secret_cookie',
  source: 'RFC 6265',
  keywords: [
    'cookie',
    'set-cookie',
    'phpsessid',
    'jsessionid',
    'sessionid',
    'connect.sid',
    'session_id',
    'sessid',
    'auth_token',
    'xsrf',
    'csrftoken',
  ],
  after: 400,
  pattern:
    /(?:(?:set-)?cookie["']?[ \t]*[:=][ \t]*["']?(?:[\w.-]{1,40}=[^;\s"']{0,100};? ?){0,6}?[\w.-]{0,32}(?:sess|sid|auth|token|jwt|login|remember)[\w.-]{0,24}|phpsessid|jsessionid|sessionid|connect\.sid|csrftoken)=(?<value>[\w%.:~+/-]{12,300})/gi,
  score: 0.75,
  check: (match) => {
    const value = match.groups?.value ?? ''
    return /\d/.test(value) && !isPlaceholder(value)
  },
}

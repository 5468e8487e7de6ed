// Owns secrets by their name: `DB_PASSWORD=…`, `apiKey: "…"`, "my password is …".
import type { KeywordDetector } from '../engine/detector.ts'
import { entropyOf, isPlaceholder } from './entropy.ts'

const facts = { type: 'secret', level: 'confidential', category: 'secret' } as const

const nameKeywords = [
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'passwort',
  'kennwort',
  'secret',
  'token',
  'apikey',
  'api_key',
  'api-key',
  'api key',
  'accesskey',
  'access_key',
  'access-key',
  'access key',
  'private_key',
  'privatekey',
  'client_secret',
  'clientsecret',
  'credential',
  'authtoken',
  'auth_token',
  'encryption_key',
  'signing_key',
  'account_key',
  'zugangsdaten',
  'zugangscode',
  'pass ',
  'pass:',
  'pass=',
]

/** After the name an assignment of any language, then the value, quoted or not. */
export const assignedSecret: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'secret_assigned',
  source: 'own; after the idea of gitleaks’ generic-api-key',
  keywords: nameKeywords,
  after: 260,
  pattern:
    /(?<name>(?:password|passwd|passphrase|pwd|passwort|kennwort|secret|token|api[ _-]?key|access[ _-]?key|private_?key|client_?secret|credentials?|auth_?token|encryption_key|signing_key|account_key|pass)[\w-]{0,24})["'`\]]{0,2}[ \t]{0,4}(?::=|=>|->|[:=])[ \t]{0,4}(?:(?:b|r|f|u)?["'`](?<quoted>[^"'`\n\\]{4,200})["'`]|(?<bare>[^\s"'`,;(){}[\]<>\\]{6,200})(?=[\s,;"'`)}\]]|$))/gi,
  score: 0.7,
  check: (match) => {
    const { name = '', quoted, bare } = match.groups ?? {}
    // Amazon's has a rule of its own that knows its length.
    if (/secret_?access_?key/i.test(name)) return false
    return quoted === undefined ? isBareSecret(name, bare ?? '') : isQuotedSecret(name, quoted)
  },
}

const passwordNames = /pass|pwd|kennwort/i

function isQuotedSecret(name: string, value: string): boolean {
  if (isPlaceholder(value) || /\s/.test(value) || isReference(value)) return false
  if (passwordNames.test(name)) return value.length >= 6 && hasTwoKinds(value)
  return value.length >= 16 && /\d/.test(value) && /[a-z]/i.test(value) && entropyOf(value) >= 3 && !isIdentifier(value)
}

function isBareSecret(name: string, value: string): boolean {
  if (isPlaceholder(value) || isReference(value) || /[|&?*]/.test(value)) return false
  if (passwordNames.test(name))
    return value.length >= 6 && /\d/.test(value) && hasTwoKinds(value) && !/^\d+$/.test(value)
  return (
    value.length >= 20 && /\d/.test(value) && /[a-z]/i.test(value) && entropyOf(value) >= 3.5 && !isIdentifier(value)
  )
}

function hasTwoKinds(value: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length
  return kinds >= 2 && !/^[a-z]+(?:[-_.][a-z]+)*$/i.test(value)
}

/** A name in code or a path, not a value. */
function isReference(value: string): boolean {
  return /^(?:process\.env|os\.|env\.|[a-z][a-z+]{1,20}:\/\/|config\.|self\.|this\.|settings\.|secrets\.|vars?\.|params\.|args\.|request\.|req\.|ctx\.|data\.|https?:|\/|\.\/|~\/|arn:|projects\/|vault:|op:\/\/|encrypted:|ENC\[|AQICA)/i.test(
    value,
  )
}

/** Words joined by dots, hyphens or underscores, a UUID of an id, a version. */
function isIdentifier(value: string): boolean {
  return /^[a-z][a-z0-9]*(?:[-_.:/][a-z0-9]+){1,12}$/i.test(value) && !/[a-z]\d[a-z]\d|\d[a-z]\d[a-z]/i.test(value)
}

/** In a sentence: "the password is hunter2!", „das Passwort lautet …“. */
export const toldSecret: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'secret_told',
  source: 'own',
  keywords: [
    'password',
    'passwort',
    'kennwort',
    'passphrase',
    'pin ',
    'pin-code',
    'login',
    'zugangscode',
    'passcode',
    'api key',
    'api-key',
    'token',
  ],
  after: 90,
  pattern:
    /(?:password|passwort|kennwort|passphrase|passcode|zugangscode|api[ -]key|token)(?: for [\w. -]{1,24}| für [\w. -]{1,24}| von [\w. -]{1,24}| of [\w. -]{1,24})? (?:is|was|lautet|ist|war)[: ]{1,2}["'„“`»]?(?<value>[^\s"'“”`«]{6,80})/gi,
  score: 0.65,
  check: (match) => {
    const value = (match.groups?.value ?? '').replace(/[.,;:!?)]+$/, '')
    return (
      value.length >= 6 &&
      /\d/.test(value) &&
      /[A-Za-z]/.test(value) &&
      !isPlaceholder(value) &&
      !/^\d+(?:bytes?|chars?|bit|ms|min|h|st|nd|rd|th)?$/i.test(value)
    )
  },
}

/** A four to eight digit code named as the PIN of a card or an account. */
export const toldPin: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'secret_pin',
  source: 'own; ISO 9564',
  keywords: ['pin is', 'pin ist', 'pin lautet', 'pin:', 'pin code', 'pin-code', 'cvv', 'cvc', 'tan lautet', 'tan ist'],
  after: 48,
  pattern:
    /(?<!\w)(?:(?:pin|tan)(?:[ -]code)?(?: is| ist| lautet|:) ?:? ?(?<value>\d{4,8})|cv[vc]2?(?: is| ist|:) ?\d{3,4})(?!\w)/gi,
  score: 0.6,
}

// Owns international bank account numbers: country, its length, mod 97.
import type { RawMatch, TextDetector } from '../engine/detector.ts'
import type { ScannedText } from '../engine/scanned-text.ts'

/** Lengths by country: SWIFT, IBAN Registry, release 99. */
const lengths: Readonly<Record<string, number>> = Object.fromEntries(
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

/** Countries whose account number holds digits only. */
const digitsOnly = new Set(
  'AT BA BE CZ DE DK EE ES FI FO GL HR HU IS LT ME MR NO PL PT RS SE SI SK SO ST TN VA XK'.split(' '),
)

export const iban: TextDetector = {
  kind: 'text',
  rule: 'iban',
  type: 'iban_code',
  level: 'pii',
  category: 'pii',
  source: 'ISO 13616; SWIFT IBAN Registry',
  find: findIbans,
}

function* findIbans({ text, hasDigit, digitGroups }: ScannedText): Iterable<RawMatch> {
  if (!hasDigit) return
  const { starts, ends } = digitGroups
  for (let index = 0; index < starts.length; index += 1) {
    const digits = starts[index] as number
    const start = digits - 2
    if (start < 0 || (ends[index] as number) - digits < 2 || !isAsciiLetter(text.charCodeAt(digits - 1))) continue
    if (!isAsciiLetter(text.charCodeAt(start)) || isAlphanumeric(text.charCodeAt(start - 1))) continue
    const length = lengths[text.slice(start, digits).toUpperCase()]
    if (length === undefined) continue
    const end = endOfAccount(text, start, length)
    if (end > 0) yield { start, end, score: 1 }
  }
}

/** @returns the offset behind the account number, or 0 when there is none. */
function endOfAccount(text: string, start: number, length: number): number {
  let compact = ''
  let at = start
  while (compact.length < length && at < text.length) {
    const unit = text.charCodeAt(at)
    if (isAlphanumeric(unit)) compact += text[at]
    else if ((unit !== 32 && unit !== 45 && unit !== 46) || !isAlphanumeric(text.charCodeAt(at + 1))) return 0
    at += 1
  }
  if (compact.length < length || isAlphanumeric(text.charCodeAt(at))) return 0
  const upper = compact.toUpperCase()
  if (compact !== upper && compact !== compact.toLowerCase()) return 0
  if (digitsOnly.has(upper.slice(0, 2)) && /[A-Z]/.test(upper.slice(2))) return 0
  return passesMod97(upper) ? at : 0
}

function isAlphanumeric(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || isAsciiLetter(unit)
}

function isAsciiLetter(unit: number): boolean {
  return (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122)
}

/** ISO 7064 MOD 97-10 over the number with its first four characters moved to the end. */
function passesMod97(account: string): boolean {
  let rest = 0
  for (const character of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

// Owns how random a string is, and what is plainly a placeholder.

/**
 * Shannon entropy in bits per character. Random base64 of 40 characters has about 4.9, hexadecimal about 3.7, words
 * about 3.
 */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

const placeholderWords =
  /^(?:["'<[{(]|.{0,3}$|(?:my|your|the|a|an|some|new|old|db|root|admin|user|test|example|sample|dummy|default)?[-_ ]?(?:password|passwd|passwort|kennwort|pwd|secret|token|key|api[-_]?key|credentials?|value)(?:[-_ ]?here)?$|change[-_]?me|changeit|replace|redacted|removed|hidden|masked|none|null|undefined|true|false|todo|tbd|n\/a|placeholder|example|dummy|fake|insert|enter|foo|bar|test$|xxx|\*{2,}|\.{3}|-{3,}|_{3,})/i
const references =
  /[$%][({]|\$\w|\{\{|\}\}|<[\w -]+>|^%\w+%$|\bYOUR[_-]|REPLACE|PLACEHOLDER|\bEXAMPLE_|^\{\w+\}$|^@\w+@$|^:\w+$/i

/** A name of a value, to be put in later: `${USER}`, `{{user}}`, `<user>`. */
export function isTemplate(value: string): boolean {
  return references.test(value)
}

/** A stand-in for a value: `changeme`, `${PASSWORD}`, `<token>`, `****`, one character repeated. */
export function isPlaceholder(value: string): boolean {
  return placeholderWords.test(value) || references.test(value) || /^(.)\1*$/.test(value) || /(.)\1{7}/.test(value)
}

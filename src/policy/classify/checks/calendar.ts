// Owns what a date looks like in text and whether numbers are one.

/** Whether such a day exists in the Gregorian calendar. */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31)
}

/** YYMMDD in either of the two centuries. */
export function isShortDate(sixDigits: string): boolean {
  const [year, month, day] = [
    Number(sixDigits.slice(0, 2)),
    Number(sixDigits.slice(2, 4)),
    Number(sixDigits.slice(4, 6)),
  ]
  return isCalendarDay(1900 + year, month, day) || isCalendarDay(2000 + year, month, day)
}

const month =
  '(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|m(?:ar(?:ch)?|ärz|rz|aerz)|apr(?:il)?|ma[iy]|june?|juni?|july?|juli?|aug(?:ust)?|sep(?:t(?:ember)?)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)'
const year = '(?:18|19|20)\\d{2}'

/** A full date with its year, English and German, numeric or with the month's name. Source of a regular expression, flag `i`. */
export const fullDate = [
  `\\d{1,2}[./-]\\s?\\d{1,2}[./-]\\s?(?:${year}|\\d{2})(?!\\d)`,
  `${year}[./-]\\d{1,2}[./-]\\d{1,2}(?!\\d)`,
  `\\d{1,2}(?:st|nd|rd|th|\\.)?(?: of)?[ -]?${month}\\.?,?[ -]\\s?${year}(?!\\d)`,
  `${month}\\.?\\s\\d{1,2}(?:st|nd|rd|th)?,?\\s${year}(?!\\d)`,
].join('|')

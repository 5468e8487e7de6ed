// Owns the building blocks of the configuration's schema: how each sort of setting is read and how a wrong one is told.
import { z } from 'zod'
import { fromUsd, ratePerMillion } from '../domain/money.ts'

/** A field that may also arrive as text, because it was written as `${VAR}`. */
function readFromText<Field extends z.ZodType>(convert: (text: string) => unknown, field: Field): Field {
  const read = (value: unknown) => (typeof value === 'string' ? convert(value.trim()) : value)
  // Typed as the field itself, so that the type of a configuration object says number and not unknown.
  return z.preprocess(read, field) as unknown as Field
}

interface WholeNumber {
  readonly from: number
  readonly to: number
  /** Ends with the unit. */
  readonly description: string
}

export function wholeNumber({ from, to, description, byDefault }: WholeNumber & { readonly byDefault: number }) {
  return readFromText(numberOf, boundedInteger(from, to).default(byDefault).describe(description))
}

/** A number that may have decimals. */
export function decimalNumber({ from, to, description, byDefault }: WholeNumber & { readonly byDefault: number }) {
  const error = `must be a number from ${from} to ${to}`
  const field = z.number({ error }).min(from, { error }).max(to, { error })
  return readFromText(numberOf, field.default(byDefault).describe(description))
}

/** A whole number whose default depends on other settings; the description says which. */
export function optionalWholeNumber({ from, to, description }: WholeNumber) {
  return readFromText(numberOf, boundedInteger(from, to).optional().describe(description))
}

/** A whole number that must be one of a few. */
export function numberAmong<const Values extends readonly number[]>(
  values: Values,
  byDefault: Values[number],
  description: string,
) {
  return readFromText(numberOf, z.literal(values).default(byDefault).describe(description))
}

export function boundedInteger(from: number, to: number) {
  const error = `must be a whole number from ${from} to ${to}`
  return z.int({ error }).min(from, { error }).max(to, { error })
}

export function yesOrNo(description: string) {
  const convert = (text: string) => (text === 'true' ? true : text === 'false' ? false : text)
  return readFromText(convert, z.boolean().optional().describe(description))
}

function numberOf(text: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

/** Text of one line. `longest` is in UTF-16 units. */
export function line(longest = 256) {
  const error = `must be text of one line with 1 to ${longest} characters`
  return z.string().trim().min(1, { error }).max(longest, { error }).refine(isPrintable, { error })
}

function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text)
}

/** A key or password: printable ASCII, because it travels in a header. */
export function secretText(shortest: number) {
  const error = `must have ${shortest} to 4096 characters, without spaces, line breaks or letters outside ASCII`
  return z
    .string()
    .trim()
    .regex(new RegExp(`^[\\x21-\\x7e]{${shortest},4096}$`), { error })
}

const dollarBounds = { type: 'number', minimum: 0, maximum: 9_000_000 } as const

/** An amount in US dollars, read by its decimal digits. */
export function dollars(description?: string) {
  return dollarDigits('must be an amount in US dollars from 0 to 9000000', description).transform(fromUsd)
}

/** US dollars for a million tokens, read by their decimal digits. */
export function dollarsPerMillion(description: string) {
  return dollarDigits('must be a price in US dollars per million tokens, from 0 to 9000000', description).transform(
    ratePerMillion,
  )
}

function dollarDigits(error: string, description?: string) {
  const meta = description === undefined ? dollarBounds : { ...dollarBounds, description }
  return z
    .custom<number | string>(isDollars, { error: ({ input }) => (input === undefined ? 'is missing' : error) })
    .meta(meta)
}

function isDollars(value: unknown): boolean {
  if (typeof value !== 'number' && typeof value !== 'string') return false
  try {
    fromUsd(value)
    return true
  } catch {
    return false
  }
}

/** A mapping with exactly these keys. Its message for an unknown one is the list of known ones, for `parseSection`. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
  })
}

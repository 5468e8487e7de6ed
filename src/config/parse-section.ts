// Owns the step from a schema's verdict on one part of a configuration to problems that a user understands.
import type { z } from 'zod'
import type { Findings } from './findings.ts'
import { didYouMean } from './nearest-name.ts'
import { isMapping, type PlainMapping, type PlainValue, type SettingPath } from './source-tree.ts'

/**
 * Checks one part and records its problems. What is sound in a faulty part is returned nevertheless, so that the
 * checks that follow can find its other problems in the same run: keys with problems are left out, and `standIns`
 * take the place of those that cannot be. Undefined when nothing can be made of it.
 */
export function parseSection<Schema extends z.ZodType>(
  schema: Schema,
  value: PlainValue | undefined,
  path: SettingPath,
  findings: Findings,
  standIns: PlainMapping = {},
): z.output<Schema> | undefined {
  const result = schema.safeParse(value, { error: describeIssue })
  if (result.success) return result.data
  for (const issue of result.error.issues.toSorted(unknownKeysFirst)) addIssue(issue, path, findings)
  if (!isMapping(value)) return undefined
  const sound = Object.entries(value).filter(([key]) => !findings.isFaultyWithin([...path, key]))
  return schema.safeParse({ ...standIns, ...Object.fromEntries(sound) }).data
}

type UnknownKeys = z.core.$ZodIssueUnrecognizedKeys

function isUnknownKeys(issue: z.core.$ZodIssue): issue is UnknownKeys {
  return issue.code === 'unrecognized_keys'
}

/** A key that was meant to be another one is then not missed as well. */
function unknownKeysFirst(left: z.core.$ZodIssue, right: z.core.$ZodIssue): number {
  return Number(isUnknownKeys(right)) - Number(isUnknownKeys(left))
}

function addIssue(issue: z.core.$ZodIssue, path: SettingPath, findings: Findings): void {
  const issuePath = [...path, ...issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment))]
  const inner = issuesOfMapping(issue)
  if (inner.length > 0) for (const one of inner) addIssue(one, issuePath, findings)
  else if (!isUnknownKeys(issue)) findings.problem(issuePath, issue.message)
  else for (const key of issue.keys) findings.unknownKey(issuePath, key, issue.message.split(' '))
}

/** Where a text or a mapping may stand and a faulty mapping does, its own faults say more than that it is neither. */
function issuesOfMapping(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return []
  return (
    issue.errors
      .find((issues) => issues.every((one) => one.path.length > 0 || isUnknownKeys(one)))
      ?.toSorted(unknownKeysFirst) ?? []
  )
}

const expectations: Readonly<Record<string, string>> = {
  string: 'must be text: put it in quotes',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  object: 'must be a mapping, such as { key: value }',
  record: 'must be a mapping, such as { key: value }',
  array: 'must be a list, such as [one, two]',
}

/** Words for what the schema itself has no message for. The value is never quoted: it may be a key. */
function describeIssue(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined) return 'is missing'
  if (issue.input === null) return 'has no value: give it one or remove the line'
  switch (issue.code) {
    case 'invalid_type':
      return expectations[issue.expected] ?? 'has the wrong type'
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}${didYouMean(issue.input, issue.values.map(String))}`
    case 'too_small':
      return 'must have at least one entry'
    case 'too_big':
      return 'has too many entries'
    case 'invalid_key':
      return 'this key is not a valid name'
    default:
      return 'cannot be read'
  }
}

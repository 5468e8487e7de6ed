// Owns how budgets are written in the configuration: limits by subject and window, and who is told when they fill up.
import { z } from 'zod'
import { budgetScopes } from '../domain/budget.ts'
import { isTimeZone } from '../domain/budget-text.ts'
import { nearestName } from './nearest-name.ts'
import { providerName } from './provider-schema.ts'
import {
  boundedInteger,
  dollars,
  line,
  mapping,
  numberAmong,
  secretText,
  wholeNumber,
  yesOrNo,
} from './schema-fields.ts'

function checkTimeZone(name: string, context: z.RefinementCtx): void {
  if (isTimeZone(name)) return
  const nearest = nearestName(name, Intl.supportedValuesOf('timeZone'))
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  context.addIssue({ code: 'custom', message: `must be an IANA time zone, such as UTC or Europe/Berlin${hint}` })
}

const onExceeded = z.enum(['fallback', 'reject'])

const limitSchema = mapping({
  provider: providerName.optional().describe('The provider that it holds for.'),
  key: line(128).optional().describe('The id of the key that it holds for; "*" is each key on its own.'),
  user: line(256).optional().describe('The user that it holds for; "*" is each user on its own.'),
  tag: line(128).optional().describe('The tag, such as a team, that it holds for; "*" is each tag on its own.'),
  global: yesOrNo('true: it holds for everything together.'),
  per: z
    .string()
    .trim()
    .regex(/^(day|week|month|lifetime|[1-9]\d{0,8}[smhd])$/, {
      error: 'must be day, week, month, lifetime, or a rolling time such as 3600s, 90m, 12h or 30d',
    })
    .describe('The span: day, week (from Monday), month, lifetime, or a rolling time such as 3600s, 90m, 12h or 30d.'),
  limit: dollars().describe('The most that it may cost in that span, in US dollars.'),
  soft: yesOrNo('true: it alerts and never refuses.'),
  on_exceeded: onExceeded.optional().describe('Instead of budgets.on_exceeded, for this limit.'),
  time_zone: line(64).superRefine(checkTimeZone).optional().describe('Instead of budgets.time_zone, for this limit.'),
}).superRefine((entry, context) => {
  const named = budgetScopes.filter((scope) => entry[scope] !== undefined && entry[scope] !== false)
  if (named.length === 1) return
  context.addIssue({ code: 'custom', message: `must name one of ${budgetScopes.join(', ')}` })
})

export type LimitEntry = z.output<typeof limitSchema>

export const budgetsSchema = mapping({
  monthly_limits: z
    .record(providerName, dollars(), {
      error: ({ code }) => (code === 'invalid_key' ? 'is not a provider name' : undefined),
    })
    .default({})
    .describe('The most a provider may cost in a calendar month, by provider name, in US dollars.'),
  limits: z
    .array(limitSchema)
    .max(1000)
    .default([])
    .describe('Further limits in US dollars: { user: "*", per: day, limit: 5 }. All of them hold at once.'),
  time_zone: line(64)
    .superRefine(checkTimeZone)
    .default('UTC')
    .describe('IANA time zone in which days, weeks and months begin, such as Europe/Berlin.'),
  on_exceeded: onExceeded
    .default('fallback')
    .describe('When a limit is reached: try the next provider, or refuse the request.'),
  exceeded_status: numberAmong([402, 403, 429], 402, 'The HTTP status of a request that no budget has room for.'),
  min_output_tokens: wholeNumber({
    from: 1,
    to: 1_000_000,
    byDefault: 64,
    description: 'The smallest answer worth paying for when money is short, in tokens.',
  }),
  alerts: mapping({
    at_percent: z
      .array(boundedInteger(1, 1000))
      .max(20)
      .default([80, 90, 100])
      .describe('The parts of each limit, in per cent, at which an alert is sent: once for each period.'),
    daily_cost: dollars()
      .optional()
      .describe('An alert is sent when any provider costs more than this in a day, in US dollars.'),
    webhook: mapping({
      url: z
        .url({ protocol: /^https?$/, error: 'must be an http or https address' })
        .describe(
          'Alerts are posted here as JSON, signed by the Standard Webhooks rules, and again until they arrive.',
        ),
      secret: secretText(16)
        .refine((secret) => !secret.startsWith('whsec_') || /^[A-Za-z0-9+/]{22,}={0,2}$/.test(secret.slice(6)), {
          error: 'must be a key of 16 bytes or more in base64 after whsec_',
        })
        .describe(
          `Signs the alerts: a key in base64 after whsec_, or any other text. Best written as \${AEGIS_WEBHOOK_SECRET}.`,
        ),
    })
      .optional()
      .describe('Where alerts are posted.'),
  })
    .optional()
    .describe('Who is told when a budget fills up, or when a provider costs more than daily_cost US dollars a day.'),
})

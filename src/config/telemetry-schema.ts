// Owns how telemetry is written in the configuration: where traces, metrics and runs are sent, and what of them.
import { z } from 'zod'
import { Secret } from '../domain/secret.ts'
import type { AegisConfig } from './aegis-config.ts'
import { boundedInteger, line, mapping, secretText, wholeNumber, yesOrNo } from './schema-fields.ts'

const address = z.url({
  protocol: /^https?$/,
  error: ({ input }) => (input === undefined ? 'is missing' : 'must be an http or https address'),
})

const otelSchema = mapping({
  endpoint: address.describe(
    'The collector, OTLP over HTTP: http://localhost:4318. /v1/traces and /v1/metrics are added.',
  ),
  headers: z.record(line(128), secretText(1)).default({}).describe('Sent with every export, such as a key.'),
  service_name: line(128).default('aegis').describe('The resource attribute service.name.'),
  sample_percent: boundedInteger(0, 100)
    .default(100)
    .describe('How many of the requests without a trace of their own are traced; one that has a trace says it itself.'),
  metrics_every_ms: wholeNumber({
    from: 1000,
    to: 3_600_000,
    byDefault: 60_000,
    description: 'How often metrics are exported, in milliseconds.',
  }),
  content: yesOrNo(
    'true: spans have the messages and the answer. Each is searched as before it is sent to a cloud, and one with ' +
      'restricted data has no span. Default: false.',
  ),
})

const langsmithSchema = mapping({
  api_key: secretText(8).describe(`Best written as \${LANGSMITH_API_KEY}.`),
  endpoint: address.default('https://api.smith.langchain.com').describe('The address of the API.'),
  project: line(256).default('aegis').describe('The project of the runs.'),
  content: yesOrNo(
    'true: runs have the messages and the answer. Each is searched as before it is sent to a cloud, and one with ' +
      'restricted data sends nothing. Default: false.',
  ),
})

export const telemetrySchema = mapping({
  otel: otelSchema.optional().describe('OpenTelemetry traces and metrics. Restricted requests send none.'),
  decisions: mapping({
    keep_days: wholeNumber({
      ...{ from: 0, to: 3650, byDefault: 30 },
      description: 'For how many days decisions are kept for `aegis replay`, without content; 0 keeps none.',
    }),
  })
    .prefault({})
    .describe('What was decided and by what, to ask another policy about it.'),
  langsmith: langsmithSchema.optional().describe('LangSmith runs. Restricted requests send none.'),
})

export function buildTelemetry({
  otel,
  langsmith,
  decisions,
}: z.output<typeof telemetrySchema>): AegisConfig['telemetry'] {
  return {
    otel: otel && {
      endpoint: otel.endpoint.replace(/\/+$/, ''),
      headers: Object.fromEntries(Object.entries(otel.headers).map(([name, value]) => [name, new Secret(value)])),
      serviceName: otel.service_name,
      sampleRatio: otel.sample_percent / 100,
      metricsEveryMs: otel.metrics_every_ms,
      content: otel.content ?? false,
    },
    langsmith: langsmith && {
      apiKey: new Secret(langsmith.api_key),
      endpoint: langsmith.endpoint.replace(/\/+$/, ''),
      project: langsmith.project,
      content: langsmith.content ?? false,
    },
    decisions: { keepDays: decisions.keep_days },
  }
}

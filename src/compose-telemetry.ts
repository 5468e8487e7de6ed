// Owns the construction of who is told of requests: always this process's own metrics and decisions, and who was configured.
import type { AegisConfig } from './config/aegis-config.ts'
import { ConfigError } from './config/config-error.ts'
import { AllTelemetry } from './telemetry/all-telemetry.ts'
import type { LangSmithTelemetry } from './telemetry/langsmith/langsmith-telemetry.ts'
import type { OtelTelemetry } from './telemetry/otel/otel-telemetry.ts'
import type { PrometheusTelemetry } from './telemetry/prometheus/prometheus-telemetry.ts'
import type { RecentDecisions } from './telemetry/recent-decisions.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import { version } from './version.ts'

export interface ComposedTelemetry {
  readonly prometheus: PrometheusTelemetry
  readonly recent: RecentDecisions
  readonly otel: OtelTelemetry | undefined
  readonly langsmith: LangSmithTelemetry | undefined
  readonly telemetry: Telemetry
}

/** @throws ConfigError when a package that the configuration needs is not installed. */
export async function composeTelemetry(
  { telemetry: { otel, langsmith }, source }: AegisConfig,
  own: { readonly prometheus: PrometheusTelemetry; readonly recent: RecentDecisions; readonly log: Telemetry },
  more: readonly Telemetry[],
  random: () => number,
): Promise<ComposedTelemetry> {
  const { prometheus, recent, log } = own
  const observers: Telemetry[] = [prometheus, recent, log, ...more]
  let traces: OtelTelemetry | undefined
  let runs: LangSmithTelemetry | undefined
  if (otel) {
    traces = await installed('telemetry.otel', otelPackages, source, async () => {
      const [{ loadSdk }, { OtelTelemetry }] = await Promise.all([
        import('./telemetry/otel/load-sdk.ts'),
        import('./telemetry/otel/otel-telemetry.ts'),
      ])
      const onDropped = (count: number) => prometheus.dropped('otel', count)
      return new OtelTelemetry(await loadSdk(), { ...otel, version, random, onDropped })
    })
    observers.push(traces)
  }
  if (langsmith) {
    runs = await installed('telemetry.langsmith', 'langsmith', source, async () => {
      const [{ loadClient }, { LangSmithTelemetry }] = await Promise.all([
        import('./telemetry/langsmith/load-client.ts'),
        import('./telemetry/langsmith/langsmith-telemetry.ts'),
      ])
      const { endpoint, project, content } = langsmith
      const client = await loadClient({ endpoint, apiKey: langsmith.apiKey.reveal() })
      const onDropped = (count: number) => prometheus.dropped('langsmith', count)
      return new LangSmithTelemetry({ client, project, content, onDropped })
    })
    observers.push(runs)
  }
  return { prometheus, recent, otel: traces, langsmith: runs, telemetry: new AllTelemetry(observers) }
}

const otelPackages =
  '@opentelemetry/api @opentelemetry/sdk-trace @opentelemetry/sdk-metrics @opentelemetry/resources ' +
  '@opentelemetry/exporter-trace-otlp-http @opentelemetry/exporter-metrics-otlp-http'

async function installed<Loaded>(
  path: string,
  packages: string,
  file: string,
  load: () => Promise<Loaded>,
): Promise<Loaded> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const message = `needs packages that are not installed. Run: npm install ${packages}`
    throw new ConfigError([{ message, file, line: undefined, column: undefined, path }])
  }
}

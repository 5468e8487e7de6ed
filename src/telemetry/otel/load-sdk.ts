// Owns the loading of OpenTelemetry's packages, which are optional: only who exports to a collector needs them.

/** What each package is loaded as. */
export async function loadSdk() {
  const [api, sdkTrace, sdkMetrics, resources, traceExporter, metricExporter] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/exporter-metrics-otlp-http'),
  ])
  return { api, sdkTrace, sdkMetrics, resources, traceExporter, metricExporter }
}

export type OtelSdk = Awaited<ReturnType<typeof loadSdk>>

// Owns that spans which could not be exported are counted: a collector that is away costs them and nothing else.
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'

export type OnDropped = (count: number) => void

export class CountingExporter implements SpanExporter {
  readonly #exporter: SpanExporter
  readonly #onDropped: OnDropped

  constructor(exporter: SpanExporter, onDropped: OnDropped) {
    this.#exporter = exporter
    this.#onDropped = onDropped
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.#exporter.export(spans, (result) => {
      if (result.code !== 0) this.#onDropped(spans.length)
      done(result)
    })
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }
}

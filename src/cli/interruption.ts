// Owns Ctrl-C during a command: the first one aborts the work, the second one ends the process.

/** Turns SIGINT and SIGTERM into an abort. */
export interface Interruption {
  readonly signal: AbortSignal
  /** From here on the signals end the process again. */
  ignore(): void
}

export function interruption(): Interruption {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    ignore() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}

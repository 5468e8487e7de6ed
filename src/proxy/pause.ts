// Owns the wait between two attempts: it ends at its time, or at once when the request is cancelled.
import type { CancelSignal } from '../domain/cancellation.ts'
import type { Timers } from '../domain/timers.ts'

export function pause(milliseconds: number, signal: CancelSignal, timers: Timers): Promise<void> {
  return new Promise((resolve) => {
    const stop = timers.after(milliseconds, () => {
      unsubscribe()
      resolve()
    })
    const unsubscribe = signal.onCancel(() => {
      stop()
      resolve()
    })
  })
}

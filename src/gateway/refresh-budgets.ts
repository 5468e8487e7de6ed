// Owns the freshness of what is shown of budgets: the ledger is asked before, and for a while at most.
import type { Exchange } from './exchange.ts'

const PATIENCE_MS = 1000

/** While the ledger's store is away, what was known last is shown. */
export async function refreshBudgets({ deps }: Pick<Exchange, 'deps'>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, PATIENCE_MS)
  await Promise.race([
    late,
    deps.proxy.ledger.budgets().then(
      () => {},
      () => {},
    ),
  ])
  clearTimeout(timer)
}

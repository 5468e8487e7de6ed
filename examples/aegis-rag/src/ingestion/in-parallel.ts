// Owns the doing of many things at once, and how many of them.

/** Does work when there is room for it. */
export type Limit = <Result>(work: () => Promise<Result>) => Promise<Result>

/** At most so much work under way at once, over all that share it; first come, first served. */
export function atMost(count: number): Limit {
  let room = count
  const waiting: (() => void)[] = []
  return async (work) => {
    if (room > 0) room -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else room += 1
    }
  }
}

const unlimited: Limit = (work) => work()

/** The results in the order of the items. After a failure nothing new begins; it fails when what is under way has ended. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  limit: Limit = unlimited,
): Promise<Result[]> {
  const failures: unknown[] = []
  const results: Result[] = []
  const one = async (item: Item, index: number) => {
    if (failures.length > 0) return
    try {
      results[index] = await work(item)
    } catch (error) {
      failures.push(error)
    }
  }
  await Promise.all(items.map((item, index) => limit(() => one(item, index))))
  if (failures.length > 0) throw failures[0]
  return results
}

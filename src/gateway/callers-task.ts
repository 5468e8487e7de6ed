// Owns what its caller makes of a task: whose money it spends, and what its key holds back.
import type { User } from '../access/access-types.ts'
import { AegisError } from '../domain/errors.ts'
import type { AllowedCandidates, Task } from '../domain/task.ts'
import type { Caller } from './authenticate.ts'
import type { Exchange } from './exchange.ts'

/** Who asks, and of what: a request, or work that one has left. */
export type Asking = Pick<Exchange, 'caller' | 'deps' | 'path'>

/**
 * The task as it may be run for its caller; itself when nothing is held back.
 * @throws AegisError `key_not_allowed` for a user that is blocked, or that the key may not name.
 */
export function callersTask(exchange: Asking, task: Task): Task | Promise<Task> {
  const { caller, deps } = exchange
  if (caller.key !== undefined) return keysTask(exchange, task)
  const { directory } = deps.access
  // Ollama's wire, which that gateway does not have, names no users.
  const strict = deps.compat === 'any_llm' && caller.id !== undefined && !exchange.path.startsWith('/api/')
  if (!strict && (task.user === undefined || directory.users.size === 0)) return task
  if (task.user === undefined) {
    throw new AegisError('invalid_request', 'With the master key the member user must say whose money is spent.', {
      param: 'user',
    })
  }
  const { user: name } = task
  const named = () => usersTask(task, directory.users.get(name), strict)
  const waiting = directory.fresh()
  return waiting === undefined ? named() : waiting.then(named)
}

function usersTask(task: Task, user: User | undefined, strict: boolean): Task {
  if (user === undefined || user.deletedAtMs !== null) {
    if (!strict) return task
    throw new AegisError('not_found', 'There is no user of this id. POST /v1/users makes one.', { param: 'user' })
  }
  if (user.blocked) throw new AegisError('key_not_allowed', 'This user is blocked.', { param: 'user' })
  return { ...task, userIsKnown: true }
}

/** The user of a key is no choice of who has it. An end user's name that nobody manages goes on to the provider. */
function keysTask({ caller, deps }: Asking, task: Task): Task {
  const { key } = caller
  if (key === undefined) return task
  const { users } = deps.access.directory
  const { userId, classification, ceiling } = key
  const named = task.user === undefined || task.user === userId ? undefined : users.get(task.user)
  if (named && named.deletedAtMs === null) {
    if (userId !== null) {
      throw new AegisError('key_not_allowed', 'This key may not spend the money of another user.', { param: 'user' })
    }
    if (named.blocked) throw new AegisError('key_not_allowed', 'This user is blocked.', { param: 'user' })
  }
  return {
    ...task,
    keyClassification: classification ?? undefined,
    keyCeiling: ceiling ?? undefined,
    allowed: allowedOf(caller),
    user: userId ?? task.user,
    userIsKnown: userId !== null || named !== undefined,
  }
}

/** What a caller may ask; undefined when all. */
export function allowedOf({ key }: Caller): AllowedCandidates | undefined {
  if (key === undefined || (key.models === null && key.providers === null)) return undefined
  return { models: key.models ?? undefined, providers: key.providers ?? undefined }
}

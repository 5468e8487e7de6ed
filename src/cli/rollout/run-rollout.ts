// Owns the run of `aegis rollout`: what the ledger or a gateway knows of it, and what somebody wants of it.
import { createStore } from '../../compose.ts'
import { openAudit } from '../../compose-privacy.ts'
import { stepFacts } from '../../compose-rollout.ts'
import { systemClock } from '../../open-aegis.ts'
import { RolloutDesk } from '../../rollout/rollout-desk.ts'
import { actionOfOrder, type RolloutOrder } from '../../rollout/rollout-order.ts'
import { RolloutRefusal } from '../../rollout/rollout-state.ts'
import type { RolloutStep } from '../../rollout/rollout-step.ts'
import type { RolloutView } from '../../rollout/rollout-view.ts'
import { CommandError } from '../command-error.ts'
import { configFromFile, namedGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { askGateway } from '../gateway/gateway-client.ts'
import { ledgerPlaceOf } from '../money/ledger-place.ts'
import { sayJson } from '../terminal.ts'
import { sayRollout } from './say-rollout.ts'

export interface RolloutFlags extends PlaceFlags {
  readonly json?: boolean
  readonly shadow?: boolean
  readonly to?: number
}

export async function runRolloutStatus(flags: RolloutFlags): Promise<void> {
  const gateway = namedGateway(flags)
  if (gateway) show((await (await askGateway(gateway, 'GET', '/admin/rollout')).body.json()) as RolloutView, flags)
  else show(await atLedger(flags, { readOnly: true }, (desk) => desk.view()), flags)
}

export async function runRolloutChange(action: RolloutOrder['action'], flags: RolloutFlags): Promise<void> {
  const order: RolloutOrder = {
    action,
    ...(flags.shadow ? { shadow: true } : {}),
    ...(flags.to === undefined ? {} : { to_percent: flags.to }),
  }
  const gateway = namedGateway(flags)
  if (gateway) {
    const reply = await askGateway(gateway, 'POST', '/admin/rollout', { body: order })
    show((await reply.body.json()) as RolloutView, flags)
    return
  }
  const view = await atLedger(flags, { readOnly: false }, async (desk) => {
    await desk.change(actionOfOrder({ ...order }))
    return desk.view()
  }).catch((error: unknown) => {
    if (error instanceof RolloutRefusal) throw new CommandError(error.message, 1, { code: 'rollout_refused' })
    throw error
  })
  show(view, flags)
}

/** The ledger of the configuration; running gateways see what is changed when they look next. */
async function atLedger<Result>(
  flags: RolloutFlags,
  { readOnly }: { readonly readOnly: boolean },
  work: (desk: RolloutDesk) => Promise<Result>,
): Promise<Result> {
  const config = await configFromFile(flags.config)
  if (!config?.rollout) {
    const where = config ? `${config.source} has no rollout section` : 'There is no configuration file here'
    throw new CommandError(`${where}: name a candidate in it, see docs/guides/rollout.md.`, 2)
  }
  const { ledger, exists } = ledgerPlaceOf(config)
  // Who only looks makes no file.
  const store = await (readOnly && !exists ? createStore({ kind: 'memory' }) : createStore(ledger, { readOnly }))
  await store.open()
  const audit = readOnly
    ? undefined
    : openAudit(config, { clock: systemClock, logger: { info() {}, warn() {}, error() {} } })
  try {
    // The step is kept in the ledger and in the audit record, and shown here.
    const recorder = {
      record: (step: RolloutStep) => audit?.record({ type: 'rollout', data: stepFacts(step) }),
    }
    return await work(new RolloutDesk({ plan: config.rollout, store: store.rollouts, clock: systemClock, recorder }))
  } finally {
    await audit?.close()
    await store.close()
  }
}

function show(view: RolloutView, { json }: RolloutFlags): void {
  if (json) sayJson(view)
  else sayRollout(view)
}

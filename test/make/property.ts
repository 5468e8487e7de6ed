// Owns the seed of property tests: the same in every run, so that a run says what the change did and not what chance did.
import fc from 'fast-check'

/** A number tries other values than usual; `random` tries new ones each time, as `npm run test:random` does. */
const chosen = process.env.AEGIS_PROPERTY_SEED ?? '20260101'

if (chosen !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(chosen) })

export default fc

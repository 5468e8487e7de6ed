// Owns the port of what a ledger's store keeps of providers that are closed for restricted data. It carries no content.

/** A provider that a violation has closed. */
export interface StoredDoor {
  readonly provider: string
  readonly cause: string
  /** Whether it stops restricted requests by itself. One that does takes the place of one that does not, never the reverse. */
  readonly blocks: boolean
  readonly sinceMs: number
  readonly cloudWasOn: boolean
}

export interface DoorStore {
  /** All that are closed, by name. */
  closed(): Promise<readonly StoredDoor[]>
  /** Closes it. One that is closed for as grave a cause stays as it is. */
  close(door: StoredDoor): Promise<void>
  /** Opens what was closed until then; what was closed anew since stays. */
  open(provider: string, sinceMs: number): Promise<void>
}

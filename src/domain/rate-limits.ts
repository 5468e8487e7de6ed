// Owns what a key or a user may do in a minute, and at once.

/** Null holds nothing back. */
export interface RateLimits {
  readonly requestsPerMinute: number | null
  /** Of input and output together. */
  readonly tokensPerMinute: number | null
  readonly parallelRequests: number | null
}

export const NO_LIMITS: RateLimits = { requestsPerMinute: null, tokensPerMinute: null, parallelRequests: null }

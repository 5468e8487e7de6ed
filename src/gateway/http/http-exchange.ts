// Owns the port between an HTTP lane and the handlers: one request and its reply, whoever parsed the bytes.

/** Names and values in turn. Such a list is written as it is, which is cheaper than an object. */
export type HeaderList = readonly string[]

/** A request whose head has come. */
export interface HttpRequest {
  readonly method: string
  /** The target as it was sent: path and query. */
  readonly target: string
  /** Names, in any case, and values in turn, so that a repeated header is seen. */
  readonly rawHeaders: HeaderList
  /** @param name in lower case. */
  header(name: string): string | undefined
  /**
   * The whole body, read once.
   * @param maxBytes a longer body is not kept.
   * @throws AegisError `body_too_large`, or `client_closed` when the client leaves before its end.
   */
  body(maxBytes: number): Buffer | Promise<Buffer>
}

/** Writes one reply: `send`, or `start`, any number of `write` and one `end`. After the client has left all do nothing. */
export interface HttpReply {
  /** Some bytes of the reply may have gone out. */
  readonly started: boolean
  /** The connection is gone. */
  readonly closed: boolean
  /** The client has not read what it was sent. */
  readonly needsDrain: boolean
  /** Whether the connection ends with this reply; set it before the head is written. */
  lastOfConnection: boolean
  /** The whole reply. @throws TypeError when a header cannot be sent; nothing has been written then. */
  send(status: number, headers: HeaderList, body: Buffer): void
  /** The head of a stream. @throws TypeError as `send` does. */
  start(status: number, headers: HeaderList): void
  /** Returns false to ask for a pause until `onDrain`. */
  write(bytes: Buffer): boolean
  end(bytes: Buffer): void
  /** Ends a stream that is not complete: the last bytes, and then the connection. */
  endAndClose(bytes: Buffer): void
  /** Drops the connection at once. */
  destroy(): void
  onDrain(listener: () => void): void
  /** Called once, when the reply is written (`true`) or its connection went before that (`false`). */
  onOver(listener: (written: boolean) => void): void
}

export type OnRequest = (request: HttpRequest, reply: HttpReply) => void

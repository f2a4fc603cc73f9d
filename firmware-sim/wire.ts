/** A message as a broker carries it. */
export type WireMessage = { topic: string; payload: Uint8Array };

export type ConnectOptions = {
  /** Names this connection and no other, ever. */
  session: string;
  /** What the broker publishes, retained, when the connection breaks. */
  will: WireMessage;
  subscriptions: readonly string[];
  onMessage: (message: WireMessage) => void;
  signal: AbortSignal;
};

/** A connection that stands. */
export type WireSession = {
  /**
   * Resolves when the broker has the message, which does not say that anybody stored it.
   * @throws LINK_DOWN, or LINK_TIMEOUT when nobody knows
   */
  publish(message: WireMessage, options?: { retain?: boolean }): Promise<void>;
  /** Resolves when the connection is over, for whatever reason. */
  closed: Promise<void>;
  /** Says goodbye, so that the will is not published. */
  end(): Promise<void>;
};

/** The way from a reader to its gateway. Whoever stands in it can only do what a `Wire` around another can. */
export type Wire = {
  /**
   * Resolves when the subscriptions stand.
   * @throws LINK_DOWN
   */
  connect(options: ConnectOptions): Promise<WireSession>;
};

/** A serial line that stands open. */
export type Line = {
  /** Resolves when the bytes were handed to the line. @throws SERIAL_LINE_DOWN */
  write(bytes: Uint8Array): Promise<void>;
  /** Says who hears what arrives from now on; what came before, and what nobody hears, is gone. */
  listen(onBytes: (bytes: Uint8Array) => void): void;
  /** Resolves with the reason when the line is gone; never rejects. */
  closed: Promise<string>;
  close(): Promise<void>;
};

/**
 * Opens a line.
 * @throws SERIAL_LINE_DOWN
 */
export type OpenLine = () => Promise<Line>;

/** How a line is wired; 8 data bits always. */
export type LineSettings = {
  /** Best by its id, `/dev/serial/by-id/…`: the numbers of ttyUSB change with the order of plugging. */
  path: string;
  baudRate: number;
  parity: "none" | "even" | "odd";
  stopBits: 1 | 2;
};

import { existsSync } from "node:fs";
import { SerialPort } from "serialport";
import type { Clock } from "../../protocol/clock.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { rest } from "../rest.ts";
import type { Line, LineSettings, OpenLine } from "./line.ts";

/** How long an unplugged device may go unnoticed. */
const PRESENCE_CHECK_MS = 500;

/** The longest packet takes a second at the slowest rate. */
const WRITE_TIMEOUT_MS = 5_000;

/** The machine's serial port of these settings; each opening is a new port. */
export function serialPort(settings: LineSettings, { clock }: { clock: Clock }): OpenLine {
  const { path } = settings;
  return async () => {
    const port = new SerialPort({ ...settings, dataBits: 8, autoOpen: false });
    await new Promise<void>((resolve, reject) => {
      port.open((error) => {
        if (error) reject(new PondproofError("SERIAL_LINE_DOWN", { path, problem: error.message }));
        else resolve();
      });
    });
    return lineOf(port, { path, clock });
  };
}

function lineOf(port: SerialPort, { path, clock }: { path: string; clock: Clock }): Line {
  const closed = Promise.withResolvers<string>();
  let problem = "the line was closed";
  let hear: (bytes: Uint8Array) => void = () => {};
  // After an error of reading the port stays open and hears nothing more: a terminal that hung up says EIO, which
  // serialport does not take for a disconnection.
  port.on("error", (error) => {
    problem = error.message;
    if (port.isOpen) port.close(() => {});
  });
  port.once("close", (error: Error | null | undefined) => closed.resolve(error?.message ?? problem));
  port.on("data", (chunk: Buffer) => hear(chunk));
  void watchPresence({ path, clock, closed: closed.promise }).then((isGone) => {
    if (!isGone || !port.isOpen) return;
    problem = "the device is gone";
    port.close(() => {});
  });
  const down = (cause?: Error) =>
    new PondproofError("SERIAL_LINE_DOWN", { path, problem: cause?.message ?? problem }, { cause });
  return {
    closed: closed.promise,
    listen(onBytes) {
      hear = onBytes;
    },
    async write(bytes) {
      if (!port.isOpen) throw down();
      const settled = new AbortController();
      const written = new Promise<undefined>((resolve, reject) => {
        port.write(Buffer.from(bytes), (error) => (error ? reject(down(error)) : resolve(undefined)));
      });
      // A line that dies with bytes in its buffer, or whose other end takes none, calls nobody back.
      const late = clock.wait(clock.now() + WRITE_TIMEOUT_MS, settled.signal).then(
        () => "it takes no bytes",
        () => undefined,
      );
      const failure = await Promise.race([written, late, closed.promise]).finally(() => settled.abort());
      if (failure === undefined) return;
      problem = failure;
      if (port.isOpen) port.close(() => {});
      throw down();
    },
    async close() {
      if (port.isOpen) port.close(() => {});
      await closed.promise;
    },
  };
}

/**
 * Resolves with true when the device's file is gone, with false when the port is. A read of a terminal that hung up
 * may give no bytes and no error, and serialport then reads again, for ever.
 */
async function watchPresence(options: {
  path: string;
  clock: Clock;
  closed: Promise<string>;
}): Promise<boolean> {
  const { path, clock, closed } = options;
  const over = new AbortController();
  void closed.then(() => over.abort());
  while (!over.signal.aborted) {
    if (!existsSync(path)) return true;
    await rest(clock, PRESENCE_CHECK_MS, over.signal);
  }
  return false;
}

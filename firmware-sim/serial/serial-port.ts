import { SerialPort } from "serialport";
import { PondproofError } from "../../protocol/errors.ts";
import type { Line, LineSettings, OpenLine } from "./line.ts";

/** The machine's serial port of these settings; each opening is a new port. */
export function serialPort(settings: LineSettings): OpenLine {
  const { path } = settings;
  return async () => {
    const port = new SerialPort({ ...settings, dataBits: 8, autoOpen: false });
    await new Promise<void>((resolve, reject) => {
      port.open((error) => {
        if (error) reject(new PondproofError("SERIAL_LINE_DOWN", { path, problem: error.message }));
        else resolve();
      });
    });
    return lineOf(port, path);
  };
}

function lineOf(port: SerialPort, path: string): Line {
  const closed = Promise.withResolvers<string>();
  let problem = "the line was closed";
  let hear: (bytes: Uint8Array) => void = () => {};
  // Only a listener keeps an emitter's error from ending the process; "close" follows every one of them.
  port.on("error", (error) => {
    problem = error.message;
  });
  port.once("close", (error: Error | null | undefined) => closed.resolve(error?.message ?? problem));
  port.on("data", (chunk: Buffer) => hear(chunk));
  const down = (cause?: Error) =>
    new PondproofError("SERIAL_LINE_DOWN", { path, problem: cause?.message ?? problem }, { cause });
  return {
    closed: closed.promise,
    listen(onBytes) {
      hear = onBytes;
    },
    write(bytes) {
      if (!port.isOpen) return Promise.reject(down());
      return new Promise((resolve, reject) => {
        // A line that dies with bytes in its buffer calls nobody back.
        void closed.promise.then(() => reject(down()));
        port.write(Buffer.from(bytes), (error) => (error ? reject(down(error)) : resolve()));
      });
    },
    async close() {
      if (port.isOpen) port.close(() => {});
      await closed.promise;
    },
  };
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { vi } from "vitest";
import type { Line, LineSettings } from "../../../firmware-sim/serial/line.ts";
import {
  createLineKeeper,
  type LineKeeper,
  type LineState,
} from "../../../firmware-sim/serial/line-keeper.ts";
import { serialPort } from "../../../firmware-sim/serial/serial-port.ts";
import { systemClock } from "../../../service/system-clock.ts";
import { socat } from "../../real-components.ts";

/** Two serial devices that are the ends of one cable. */
export type SerialPair = AsyncDisposable & {
  /** The reader's end. */
  settings: LineSettings;
  /** Opens the instrument's end. */
  far(): Promise<Line>;
  unplug(): Promise<void>;
  replug(): Promise<void>;
};

const WIRING = { baudRate: 9_600, parity: "none", stopBits: 1 } as const;

/** Lays a cable with socat: both ends are real serial devices of the kernel's. */
export async function openSerialPair(): Promise<SerialPair> {
  const folder = await mkdtemp(join(tmpdir(), "pondproof-serial-"));
  const [near, far] = [join(folder, "reader"), join(folder, "instrument")];
  let cable = await lay(near, far);
  const unplug = async () => {
    if (cable.exitCode !== null || cable.signalCode !== null) return;
    const gone = once(cable, "exit");
    cable.kill();
    await gone;
  };
  return {
    settings: { path: near, ...WIRING },
    far: serialPort({ path: far, ...WIRING }, { clock: systemClock }),
    unplug,
    async replug() {
      cable = await lay(near, far);
    },
    async [Symbol.asyncDispose]() {
      await unplug();
      await rm(folder, { recursive: true });
    },
  };
}

async function lay(near: string, far: string): Promise<ChildProcess> {
  const ends = [near, far].map((link) => `pty,raw,echo=0,link=${link}`);
  const cable = spawn(socat.path!, ["-d", "-d", ...ends], { stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface({ input: cable.stderr }))
    if (line.includes("starting data transfer loop")) break;
  cable.stderr.resume();
  return cable;
}

/** A keeper of the reader's end that runs until it is disposed of. */
export type RunningKeeper = AsyncDisposable & { keeper: LineKeeper; states: LineState[] };

export function runKeeper({ settings }: SerialPair): RunningKeeper {
  const states: LineState[] = [];
  const stop = new AbortController();
  const keeper = createLineKeeper({
    name: "port",
    open: serialPort(settings, { clock: systemClock }),
    // The shortest back-off, so that a replugged line is back within half a second.
    random: () => 0,
    clock: systemClock,
    onState: (state) => states.push(state),
  });
  const running = keeper.run(stop.signal);
  return {
    keeper,
    states,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** The keeper's line, open. */
export async function opened(keeper: LineKeeper): Promise<Line> {
  const line = await keeper.opened(new AbortController().signal);
  return line!;
}

/** Waits until something that the machine does comes true; long, because only a failure lasts so long. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 20_000, interval: 10 });
}

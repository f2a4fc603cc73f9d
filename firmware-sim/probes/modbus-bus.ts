import modbus from "modbus-serial";
import type { Clock } from "../../protocol/clock.ts";
import type { Line } from "../serial/line.ts";
import type { LineKeeper } from "../serial/line-keeper.ts";
import type { Block } from "./modbus-map.ts";
import { ModbusPort } from "./modbus-port.ts";

// The class is the module itself and its `default`; only the latter is declared.
const { default: ModbusRTU } = modbus;
type ModbusClient = InstanceType<typeof ModbusRTU>;

/** What came of reading a block of registers. */
export type BusReply =
  | { kind: "read"; bytes: Uint8Array }
  | { kind: "down"; reason: string }
  | { kind: "silent" }
  /** The slave refused: 2 is a register that it does not have, 4 a failure of its own, 6 busy. */
  | { kind: "exception"; code: number }
  /** A reply came, damaged. */
  | { kind: "damaged"; problem: string };

/** A line with one or more Modbus slaves, of which one is asked at a time. */
export type ModbusBus = {
  name: string;
  read(request: Block & { slave: number }): Promise<BusReply>;
};

/** After a failure nothing is asked until a late reply has passed: it could be taken for the next one's. */
const QUIET_MS = 100;

export function createModbusBus({
  line: keeper,
  clock,
  timeoutMs = 1_000,
}: {
  line: LineKeeper;
  clock: Clock;
  timeoutMs?: number;
}): ModbusBus {
  let session: { line: Line; client: ModbusClient } | undefined;

  const clientOn = (line: Line): ModbusClient => {
    if (session?.line !== line) {
      const client = new ModbusRTU(new ModbusPort(line));
      client.open();
      client.setTimeout(timeoutMs);
      session = { line, client };
    }
    return session.client;
  };
  const ask = async (line: Line, request: Block & { slave: number }): Promise<BusReply> => {
    const reply = await requestOf(clientOn(line), request);
    if (reply.kind === "read" || reply.kind === "exception") keeper.heard();
    else {
      if (reply.kind === "silent") keeper.unheard();
      await clock.wait(clock.now() + QUIET_MS, new AbortController().signal);
    }
    return reply;
  };
  return {
    name: keeper.name,
    async read(request) {
      const use = await keeper.use((line) => ask(line, request));
      return use.kind === "used" ? use.result : use;
    },
  };
}

function requestOf(
  client: ModbusClient,
  { slave, function: code, address, registers }: Block & { slave: number },
): Promise<BusReply> {
  return new Promise((resolve) => {
    const done = (
      error: (Error & { errno?: unknown; modbusCode?: number }) | null,
      reply?: { buffer: Buffer },
    ) => {
      if (error === null || error === undefined) resolve(lengthChecked(reply?.buffer, registers));
      else if (error.modbusCode !== undefined) resolve({ kind: "exception", code: error.modbusCode });
      else if (error.errno === "ETIMEDOUT") resolve({ kind: "silent" });
      else if (error.errno === "ECONNREFUSED") resolve({ kind: "down", reason: "the line is gone" });
      else resolve({ kind: "damaged", problem: error.message });
    };
    if (code === 3) client.writeFC3(slave, address, registers, done);
    else client.writeFC4(slave, address, registers, done);
  });
}

function lengthChecked(bytes: Uint8Array | undefined, registers: number): BusReply {
  return bytes?.length === 2 * registers
    ? { kind: "read", bytes }
    : { kind: "damaged", problem: `${bytes?.length ?? 0} bytes for ${registers} registers` };
}

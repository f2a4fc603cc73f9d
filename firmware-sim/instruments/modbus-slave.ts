import type { MetricName } from "../../protocol/record.ts";
import type { Place, ProbeMap } from "../probes/modbus-map.ts";
import { writeRegisters } from "../probes/modbus-registers.ts";
import type { Line } from "../serial/line.ts";

/** A slave on a played bus: its registers, and what it does wrong. */
export type ModbusSlavePlay = {
  /** Bytes of each register, big-endian as they travel, by address. */
  registers: Map<number, Uint8Array>;
  /** Starts that it heard: reads of registers that it does not keep, where the map has a start. */
  starts: number;
  quirk:
    | "none"
    | "silent"
    /** Its checksum is wrong. */
    | "bad-crc"
    /** It refuses with a code. */
    | { exception: number }
    /** It sends half a reply. */
    | "half"
    /** Something else speaks before it. */
    | { noise: Uint8Array }
    /** It gives a number that nobody has. */
    | "other-slave";
};

const READ_BYTES = 8;

/** The CRC of Modbus RTU: polynomial 0xA001 reflected, from 0xFFFF; low byte first on the line. */
export function modbusCrc(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

/** Bytes with their checksum behind them. */
export function withCrc(bytes: Uint8Array): Uint8Array {
  const crc = modbusCrc(bytes);
  return Uint8Array.of(...bytes, crc & 0xff, crc >>> 8);
}

/** A slave that keeps what a map says, with numbers as the instrument writes them: counts, before scaling. */
export function slaveOf(map: ProbeMap, counts: Partial<Record<MetricName, number>>): ModbusSlavePlay {
  const registers = new Map<number, Uint8Array>();
  for (const block of map.blocks)
    for (let i = 0; i < block.registers; i++) registers.set(block.address + i, new Uint8Array(2));
  const slave: ModbusSlavePlay = { registers, starts: 0, quirk: "none" };
  for (const value of map.values) {
    const count = counts[value.metric];
    if (count !== undefined) putNumber(slave, value, count);
  }
  return slave;
}

/** Writes a number into a slave's registers. */
export function putNumber(slave: ModbusSlavePlay, place: Place, value: number): void {
  const bytes = writeRegisters(value, place);
  for (let i = 0; i < bytes.length; i += 2) slave.registers.set(place.address + i / 2, bytes.slice(i, i + 2));
}

/** Plays the slaves of a bus on a line until that is closed. */
export function playModbusBus(line: Line, slaves: ReadonlyMap<number, ModbusSlavePlay>): void {
  let held: Uint8Array = new Uint8Array(0);
  line.listen((bytes) => {
    held = Buffer.concat([held, bytes]);
    for (; held.length >= READ_BYTES; held = held.subarray(READ_BYTES)) {
      const reply = replyTo(held.subarray(0, READ_BYTES), slaves);
      // A line that dies under an answer ends the play, and nothing else.
      if (reply !== undefined) line.write(reply).catch(() => undefined);
    }
  });
}

function replyTo(request: Uint8Array, slaves: ReadonlyMap<number, ModbusSlavePlay>): Uint8Array | undefined {
  const view = new DataView(request.buffer, request.byteOffset, READ_BYTES);
  const [id, code] = [request[0]!, request[1]!];
  const slave = slaves.get(id);
  if (slave === undefined || view.getUint16(6, true) !== modbusCrc(request.subarray(0, 6))) return undefined;
  const { quirk } = slave;
  if (quirk === "silent") return undefined;
  const address = view.getUint16(2);
  const kept = Array.from({ length: view.getUint16(4) }, (_, i) => slave.registers.get(address + i));
  const isStart = kept.length === 1 && kept[0] === undefined;
  if (isStart) slave.starts++;
  const data = isStart ? [0, 0] : kept.flatMap((register) => [...(register ?? [])]);
  if (typeof quirk === "object" && "exception" in quirk)
    return withCrc(Uint8Array.of(id, code | 0x80, quirk.exception));
  if (data.length < 2 * kept.length) return withCrc(Uint8Array.of(id, code | 0x80, 2));
  const reply = withCrc(Uint8Array.of(quirk === "other-slave" ? id ^ 0x40 : id, code, data.length, ...data));
  if (quirk === "bad-crc") reply[reply.length - 1]! ^= 0x01;
  if (quirk === "half") return reply.subarray(0, reply.length >> 1);
  return typeof quirk === "object" ? Buffer.concat([quirk.noise, reply]) : reply;
}

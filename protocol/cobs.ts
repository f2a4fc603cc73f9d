// Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): no zero byte inside a packet, one behind it.
const MAX_BLOCK = 254;

/** A packet as COBS, with its terminating zero byte. */
export function cobsEncode(packet: Uint8Array): Uint8Array {
  const out: number[] = [];
  let start = 0;
  for (;;) {
    let end = start;
    while (end < packet.length && packet[end] !== 0 && end - start < MAX_BLOCK) end++;
    out.push(end - start + 1, ...packet.subarray(start, end));
    const stoppedByZero = end - start < MAX_BLOCK && end < packet.length;
    if (!stoppedByZero && end >= packet.length) break;
    start = stoppedByZero ? end + 1 : end;
  }
  out.push(0);
  return Uint8Array.from(out);
}

/** A packet from its COBS form without the terminating zero, or `undefined` when that is not one. */
export function cobsDecode(stuffed: Uint8Array): Uint8Array | undefined {
  const out: number[] = [];
  for (let at = 0; at < stuffed.length; ) {
    const code = stuffed[at]!;
    const end = at + code;
    if (code === 0 || end > stuffed.length) return undefined;
    for (let i = at + 1; i < end; i++) {
      if (stuffed[i] === 0) return undefined;
      out.push(stuffed[i]!);
    }
    if (code <= MAX_BLOCK && end < stuffed.length) out.push(0);
    at = end;
  }
  return stuffed.length === 0 ? undefined : Uint8Array.from(out);
}

/** Packets out of a byte stream, and how many bytes had to be thrown away. */
export type CobsReader = {
  /** Takes bytes as they come and returns the packets that they complete. */
  push(chunk: Uint8Array): Uint8Array[];
  readonly discardedBytes: number;
};

/**
 * Reads packets of exactly `packetBytes` from a stream and, after anything else, finds its way back at the next
 * delimiter; holds at most one packet's worth of bytes.
 */
export function createCobsReader({ packetBytes }: { packetBytes: number }): CobsReader {
  const limit = packetBytes + Math.ceil(packetBytes / MAX_BLOCK) + 1;
  let held: number[] = [];
  let overlong = false;
  let discarded = 0;

  const finish = (): Uint8Array | undefined => {
    const packet = overlong ? undefined : cobsDecode(Uint8Array.from(held));
    if (packet?.length === packetBytes) return packet;
    discarded += held.length;
    return undefined;
  };

  return {
    push(chunk) {
      const packets: Uint8Array[] = [];
      for (const byte of chunk) {
        if (byte === 0) {
          const packet = finish();
          if (packet !== undefined) packets.push(packet);
          held = [];
          overlong = false;
        } else if (held.length < limit) {
          held.push(byte);
        } else {
          overlong = true;
          discarded++;
        }
      }
      return packets;
    },
    get discardedBytes() {
      return discarded;
    },
  };
}

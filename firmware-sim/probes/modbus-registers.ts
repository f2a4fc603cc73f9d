/** How 16-bit registers hold a number. */
export const REGISTER_TYPES = ["int16", "uint16", "int32", "uint32", "float32"] as const;
export type RegisterType = (typeof REGISTER_TYPES)[number];

/**
 * The order in which the bytes of a number travel, A being the most significant. `ABCD` is what the specification asks
 * for; `CDAB` swaps the words, `DCBA` is a little-endian machine's memory, `BADC` swaps the bytes of each word.
 */
export const BYTE_ORDERS = ["ABCD", "CDAB", "BADC", "DCBA"] as const;
export type ByteOrder = (typeof BYTE_ORDERS)[number];

/** How many registers a number takes. */
export function registersOf(type: RegisterType): 1 | 2 {
  return type === "int16" || type === "uint16" ? 1 : 2;
}

/** Reads a number from the bytes of its registers as they came over the line; may be NaN or infinite for a float. */
export function readRegisters(
  bytes: Uint8Array,
  { type, order }: { type: RegisterType; order: ByteOrder },
): number {
  const view = new DataView(arrange(bytes, order).buffer);
  switch (type) {
    case "int16":
      return view.getInt16(0);
    case "uint16":
      return view.getUint16(0);
    case "int32":
      return view.getInt32(0);
    case "uint32":
      return view.getUint32(0);
    case "float32":
      return view.getFloat32(0);
  }
}

/** Writes a number as the bytes of its registers: what an instrument does. */
export function writeRegisters(
  value: number,
  { type, order }: { type: RegisterType; order: ByteOrder },
): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * registersOf(type)));
  switch (type) {
    case "int16":
      view.setInt16(0, value);
      break;
    case "uint16":
      view.setUint16(0, value);
      break;
    case "int32":
      view.setInt32(0, value);
      break;
    case "uint32":
      view.setUint32(0, value);
      break;
    case "float32":
      view.setFloat32(0, value);
  }
  return arrange(new Uint8Array(view.buffer), order);
}

/** To and fro between a byte order and ABCD; every order is its own inverse. A single register knows AB and BA only. */
function arrange(bytes: Uint8Array, order: ByteOrder): Uint8Array<ArrayBuffer> {
  const letters = bytes.length === 2 ? (order === "BADC" || order === "DCBA" ? "BA" : "AB") : order;
  return Uint8Array.from(letters, (letter) => bytes["ABCD".indexOf(letter)]!);
}

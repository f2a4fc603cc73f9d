/** Follows where MQTT packets begin and end in a byte stream, without looking into them (MQTT 3.1.1 §2.2). */
export type MqttFraming = {
  /** How many packets begin in `chunk`, or `undefined` as soon as one announces more than the limit. */
  push(chunk: Uint8Array): number | undefined;
};

/**
 * The parser behind the broker buffers whatever length a packet announces, up to 256 MB; this stands before it.
 * `maxPacketBytes` counts what follows the fixed header.
 */
export function createMqttFraming({ maxPacketBytes }: { maxPacketBytes: number }): MqttFraming {
  let bodyLeft = 0;
  // Bytes of the length field seen so far; `undefined` while a type byte is expected.
  let lengthBytes: number | undefined;
  let length = 0;

  return {
    push(chunk) {
      let packets = 0;
      for (let at = 0; at < chunk.length; ) {
        if (bodyLeft > 0) {
          const step = Math.min(bodyLeft, chunk.length - at);
          bodyLeft -= step;
          at += step;
        } else if (lengthBytes === undefined) {
          packets++;
          lengthBytes = 0;
          length = 0;
          at++;
        } else {
          const byte = chunk[at++]!;
          length += (byte & 0x7f) * 128 ** lengthBytes++;
          const complete = (byte & 0x80) === 0;
          if (length > maxPacketBytes || (!complete && lengthBytes === 4)) return undefined;
          if (complete) {
            bodyLeft = length;
            lengthBytes = undefined;
          }
        }
      }
      return packets;
    },
  };
}

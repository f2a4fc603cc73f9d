import { verify } from "node:crypto";
import { importPublicKey, toDer } from "../../edge/verify.ts";
import { signedBytes, splitFrame } from "../../protocol/signature.ts";

/**
 * P-256 verifications a second of OpenSSL on all cores: in Node's thread pool, with the key imported and the signature
 * in DER beforehand, and nothing else to do.
 */
export async function opensslRate({
  publicKey,
  frames,
  count,
}: {
  publicKey: Uint8Array;
  frames: readonly Uint8Array[];
  count: number;
}): Promise<number> {
  const key = importPublicKey(publicKey);
  const jobs = frames.map((frame) => {
    const { record, signature } = splitFrame(frame);
    return { message: signedBytes(record), signature: toDer(signature) };
  });
  let next = 0;
  const work = async () => {
    while (next < count) {
      const { message, signature } = jobs[next++ % jobs.length]!;
      if (!(await verifies(message, signature))) throw new Error("an honest signature does not verify");
    }
  };
  const verifies = (message: Uint8Array, signature: Uint8Array) =>
    new Promise<boolean>((resolve, reject) => {
      verify("sha256", message, key, signature, (error, valid) => (error ? reject(error) : resolve(valid)));
    });
  const startMs = performance.now();
  await Promise.all(Array.from({ length: 64 }, work));
  return (1000 * count) / (performance.now() - startMs);
}

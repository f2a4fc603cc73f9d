import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { createInterface, type Interface } from "node:readline";
import { fromHex } from "../protocol/bytes.ts";
import type { Clock } from "../protocol/clock.ts";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import { sha256 } from "../protocol/hash.ts";
import { lowS } from "../protocol/signature.ts";
import type { Signer } from "./key.ts";

/** A signer in a process of its own. */
export type CommandSigner = Signer & AsyncDisposable;

export type CommandSignerOptions = {
  /** Program and arguments; no shell is between. */
  command: readonly [string, ...string[]];
  clock: Clock;
  /** A secure element takes up to a second. */
  timeoutMs?: number;
};

/** An answer is `signature` and 128 hex digits. */
const MAX_ANSWER = 512;

/**
 * Starts a process that holds the key, such as a wrapper around a PKCS#11 token, and signs by asking it.
 *
 * The protocol is one line each way, in hex: `key` is answered by `key X‖Y` (64 bytes), `sign SHA-256` (32 bytes) by
 * `signature R‖S` (64 bytes), either by `error WHY`. Every signature is checked before it leaves: a chip that fails
 * must not put a record on its way that nobody can verify. High s, which half of all chips' signatures have, is
 * normalised. A process that dies is started again at the next signature.
 * @throws SIGNER_FAILED
 */
export async function openCommandSigner(options: CommandSignerOptions): Promise<CommandSigner> {
  const { command, timeoutMs = 5_000 } = options;
  const ask = createAsker({ ...options, timeoutMs });
  try {
    const publicKey = parse(await ask.line("key"), "key", command[0]);
    const key = publicKeyOf(publicKey, command[0]);
    return {
      publicKey,
      async sign(bytes) {
        const answer = await ask.line(`sign ${Buffer.from(sha256(bytes)).toString("hex")}`);
        const signature = lowS(parse(answer, "signature", command[0]));
        if (!verify("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }, signature))
          throw new PondproofError("SIGNER_FAILED", {
            program: command[0],
            problem: "its signature does not verify under its key",
          });
        return signature;
      },
      [Symbol.asyncDispose]: ask.end,
    };
  } catch (error) {
    await ask.end();
    throw error;
  }
}

function publicKeyOf(publicKey: Uint8Array, program: string) {
  const [x, y] = [publicKey.subarray(0, 32), publicKey.subarray(32)].map((part) =>
    Buffer.from(part).toString("base64url"),
  );
  try {
    return createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x: x!, y: y! } });
  } catch (cause) {
    throw new PondproofError(
      "SIGNER_FAILED",
      { program, problem: "its key is no point of P-256" },
      { cause },
    );
  }
}

function parse(line: string, expected: "key" | "signature", program: string): Uint8Array {
  const fail = (problem: string) => new PondproofError("SIGNER_FAILED", { program, problem });
  const [word, rest = ""] = line.split(/ (.*)/s);
  if (word === "error") throw fail(rest.slice(0, 120));
  if (word !== expected) throw fail(`no "${expected}" where one was expected`);
  try {
    return fromHex(rest.trim(), 64);
  } catch (error) {
    if (!isPondproofError(error)) throw error;
    throw fail(`${expected}: not 64 bytes in hex`);
  }
}

/** One question at a time to one process at a time. */
function createAsker({ command: [program, ...args], clock, timeoutMs }: Required<CommandSignerOptions>): {
  line(question: string): Promise<string>;
  end(): Promise<void>;
} {
  let child: { process: ChildProcessWithoutNullStreams; lines: Interface; gone: Promise<string> } | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const start = () => {
    const process = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    // It may log what it likes, and must not wait for a reader.
    process.stderr.resume();
    const { promise: gone, resolve } = Promise.withResolvers<string>();
    process.once("error", (error) => resolve(error.message));
    process.once("close", (code) => resolve(`it ended with ${code}`));
    // Only a listener keeps a broken pipe from ending the reader; "close" follows.
    process.stdin.on("error", () => resolve("it reads no more"));
    const started = { process, lines: createInterface({ input: process.stdout }), gone };
    void gone.then(() => {
      if (child === started) child = undefined;
    });
    return started;
  };
  const once = async (question: string): Promise<string> => {
    child ??= start();
    const { process, lines, gone } = child;
    const settled = new AbortController();
    const answer = new Promise<string>((resolve) => {
      lines.once("line", resolve);
    });
    process.stdin.write(`${question}\n`);
    const late = clock.wait(clock.now() + timeoutMs, settled.signal).then(
      () => `no answer within ${timeoutMs} ms`,
      () => "",
    );
    const problem = Promise.race([gone, late]).then(
      (why) => new PondproofError("SIGNER_FAILED", { program, problem: why }),
    );
    const outcome = await Promise.race([answer, problem]);
    settled.abort();
    if (typeof outcome === "string" && outcome.length <= MAX_ANSWER) return outcome;
    // An answer that comes later must not be taken for the next one's.
    child = undefined;
    process.kill("SIGKILL");
    if (typeof outcome !== "string") throw outcome;
    throw new PondproofError("SIGNER_FAILED", { program, problem: "an answer too long" });
  };
  return {
    line(question) {
      const mine = turn.then(() => once(question));
      turn = mine.catch(() => undefined);
      return mine;
    },
    async end() {
      const last = child;
      child = undefined;
      if (last === undefined) return;
      last.process.stdin.end();
      last.process.kill();
      await last.gone;
    },
  };
}

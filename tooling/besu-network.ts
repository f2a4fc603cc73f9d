// `node tooling/besu-network.ts --dir DIR`: keys, genesis and static nodes of a Besu QBFT network of four validators.
// In production each owner makes its own key and hands over only address and enode; this makes all four for one host.
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { computeAddress, encodeRlp, SigningKey } from "ethers";

const VALIDATORS = 4;
/** Fixed addresses on the compose file's network; enodes cannot name hosts. */
const ADDRESS = (n: number) => `172.28.5.${10 + n}`;
const P2P_PORT = 30_303;

/** The key of a validator, its address and its enode. */
export type Validator = { key: string; address: string; enode: string };

export function createValidator(n: number, key: string): Validator {
  const publicKey = SigningKey.computePublicKey(key, false).slice(4);
  return { key, address: computeAddress(key), enode: `enode://${publicKey}@${ADDRESS(n)}:${P2P_PORT}` };
}

/** QBFT's first block: vanity, validators ascending, no vote, round 0, no seal. */
export function extraDataOf(addresses: readonly string[]): string {
  const sorted = addresses.map((address) => address.toLowerCase()).sort();
  return encodeRlp([`0x${"00".repeat(32)}`, sorted, [], "0x", []]);
}

/** All forks from the first block on, up to the one that brings the P-256 precompile; gas costs nothing. */
export function genesisOf(options: {
  chainId: number;
  validators: readonly Validator[];
  funded: readonly string[];
}) {
  const { chainId, validators, funded } = options;
  return {
    config: {
      chainId,
      homesteadBlock: 0,
      eip150Block: 0,
      eip155Block: 0,
      eip158Block: 0,
      byzantiumBlock: 0,
      constantinopleBlock: 0,
      petersburgBlock: 0,
      istanbulBlock: 0,
      berlinBlock: 0,
      londonBlock: 0,
      shanghaiTime: 0,
      cancunTime: 0,
      pragueTime: 0,
      osakaTime: 0,
      zeroBaseFee: true,
      blobSchedule: {
        cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
        prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
        osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
      },
      qbft: {
        blockperiodseconds: 2,
        emptyblockperiodseconds: 10,
        epochlength: 30_000,
        requesttimeoutseconds: 4,
      },
    },
    nonce: "0x0",
    timestamp: "0x0",
    gasLimit: "0x3938700",
    difficulty: "0x1",
    mixHash: "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365",
    coinbase: `0x${"00".repeat(20)}`,
    extraData: extraDataOf(validators.map(({ address }) => address)),
    alloc: Object.fromEntries(funded.map((address) => [address, { balance: "0x3635c9adc5dea00000" }])),
  };
}

function write(dir: string, chainId: number, funded: readonly string[]): void {
  const validators = Array.from({ length: VALIDATORS }, (_, i) =>
    createValidator(i + 1, `0x${randomBytes(32).toString("hex")}`),
  );
  const put = (file: string, text: string) =>
    writeFileSync(join(dir, file), text, { mode: 0o600, flag: "wx" });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  put("genesis.json", `${JSON.stringify(genesisOf({ chainId, validators, funded }), undefined, 2)}\n`);
  put(
    "static-nodes.json",
    `${JSON.stringify(
      validators.map(({ enode }) => enode),
      undefined,
      2,
    )}\n`,
  );
  validators.forEach(({ key }, i) => {
    put(`node${i + 1}.key`, `${key}\n`);
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      dir: { type: "string", default: "deploy/besu/network" },
      "chain-id": { type: "string", default: "6277" },
      fund: { type: "string", multiple: true, default: [] },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(
      "Usage: node tooling/besu-network.ts [--dir DIR] [--chain-id N] [--fund ADDRESS …]\n\n" +
        "Writes genesis.json, static-nodes.json and the keys of four validators. Nothing is replaced.\n",
    );
  } else {
    write(values.dir, Number(values["chain-id"]), values.fund);
    process.stdout.write(`wrote ${values.dir}\n`);
  }
}

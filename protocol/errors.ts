/**
 * Every error of the project: what it means and what whoever runs the system can do about it.
 * `docs/errors.md` is generated from this table.
 */
export const ERRORS = {
  MALFORMED_RECORD: {
    meaning: "The bytes are not a record of schema 1.",
    hint: "Look at the fact `problem`; a device that sends such bytes needs other firmware.",
  },
  MALFORMED_PROOF: {
    meaning: "A window proof breaks a rule of protocol §5.",
    hint: "Fetch the proof again; if it stays so, whoever made it is wrong or lies.",
  },
  MALFORMED_MESSAGE: {
    meaning: "A message between parts of the system does not have the agreed form.",
    hint: "Check that both sides run the same version.",
  },
  NO_READING_BESIDE_WINDOW: {
    meaning: "A window needs a reading inside it, one before it and one after it.",
    hint: "Wait for the next reading, or choose a window that lies inside the stream.",
  },
  OUT_OF_ORDER: {
    meaning: "The times of a stream do not increase.",
    hint: "The stream was not admitted by the rules; rebuild it from the gateway's store.",
  },
  UNKNOWN_NODE: {
    meaning: "A tree was asked for a node beyond its size, or its store lost one.",
    hint: "Rebuild the stream from its frames.",
  },
  UNKNOWN_STREAM: {
    meaning: "No stream of that id is in the directory.",
    hint: "Check the stream's id and the batch's number.",
  },
  INVALID_ARGUMENT: {
    meaning: "A value from a command line, a file or a request is not acceptable.",
    hint: "Correct what the facts name.",
  },
  BAD_PUBLIC_KEY: {
    meaning: "The bytes are not a P-256 public key: x and y of a point on the curve, 64 bytes.",
    hint: "Read the key from the probe again, without a prefix.",
  },
  UNKNOWN_DEVICE: {
    meaning: "No probe of that id is paired with this gateway.",
    hint: "Check the id, or pair the probe.",
  },
  WRONG_FINGERPRINT: {
    meaning: "The fingerprint is not that of the key which the probe has presented.",
    hint: "Read it again at the probe; if it stays so, somebody else's probe asks under this id: refuse it.",
  },
  STORE_VERSION: {
    meaning: "The gateway's store was written by a newer version.",
    hint: "Run the newer version again, or restore the backup of before its first start.",
  },
  STORE_BROKEN: {
    meaning: "A database file is damaged, or is no database.",
    hint: "Restore the newest backup; keep the broken file, a part of it may still be read.",
  },
  STORE_IN_USE: {
    meaning: "Another process has the database open.",
    hint: "Stop the part that works with it, then try again.",
  },
  UNKNOWN_ALARM: {
    meaning: "No open alarm has that number.",
    hint: "Ask /api/v1/alarms for those that are open.",
  },
  CONFIG_INVALID: {
    meaning: "The configuration file has mistakes; the fact `mistakes` lists all of them with their paths.",
    hint: "Correct them; the part's --help prints the schema.",
  },
  UNAUTHORISED: {
    meaning: "The request carries no bearer token, or a wrong one.",
    hint: "Send the gateway's token in the authorization header.",
  },
  TOO_MANY_CLIENTS: {
    meaning: "As many clients as are allowed listen to live updates already.",
    hint: "Close one of them; the limit protects the gateway's memory.",
  },
  LEDGER_UNREACHABLE: {
    meaning: "No node of the ledger answers.",
    hint: "Check the RPC address and the node; what waits goes on by itself when it answers again.",
  },
  LEDGER_REVERTED: {
    meaning: "A contract refused a call.",
    hint: "The facts `error`, `args` and `inWords` say which rule; the same call helps only after something has changed.",
  },
  LEDGER_REFUSED: {
    meaning: "The ledger's node refused a request.",
    hint: "Look at the fact `problem`; an account without funds is the usual one.",
  },
  LEDGER_NONCE: {
    meaning: "A transaction's number was used or skipped.",
    hint: "Use each key in one process only; the next attempt reads the number from the chain.",
  },
  LEDGER_TRANSACTION_LOST: {
    meaning: "A transaction that was sent is neither in a block nor waiting for one.",
    hint: "It is built and sent again; if it happens often, the node drops transactions or lost its state.",
  },
  LEDGER_OTHER_CHAIN: {
    meaning: "The node belongs to another chain than the deployment.",
    hint: "Correct the RPC address, or the deployment document.",
  },
  LEDGER_FORGOT: {
    meaning:
      "The chain begins with another block than the one the contracts were deployed on: it was started anew.",
    hint: "A Hardhat node forgets everything at a restart: deploy again and use the new deployment document.",
  },
  LEDGER_NOT_DEPLOYED: {
    meaning: "There is no contract at an address of the deployment.",
    hint: "Deploy the contracts, or correct the deployment document.",
  },
  LEDGER_WITHOUT_P256: {
    meaning:
      "The chain cannot check P-256 signatures: it has no precompile at 0x100. Nothing was sent to it.",
    hint: "Use a chain with the Osaka rules; for Besu, set `osakaTime` in the genesis file.",
  },
  FEED_UNREACHABLE: {
    meaning: "The gateway's feed does not answer, or not with a feed.",
    hint: "Check the gateway's address and token; the work goes on by itself when it answers again.",
  },
  FEED_BROKEN: {
    meaning: "The gateway's feed contradicts what it said before.",
    hint: "The gateway's store was exchanged or lost; restore its backup. Nothing was anchored from the contradiction.",
  },
  FOREIGN_BATCH: {
    meaning: "The ledger holds a batch of ours that this store did not make.",
    hint: "Somebody else anchors with the operator's key, or this store is an old copy: stop the other one, or restore the newest store.",
  },
  UNKNOWN_BATCH: {
    meaning: "No batch of that number is anchored.",
    hint: "Ask /api/v1/status for the newest one.",
  },
  UNKNOWN_SEGMENT: {
    meaning: "No segment of that hash is in the archive.",
    hint: "Take the hash from a batch's manifest.",
  },
  UNKNOWN_REPORT: {
    meaning: "This reporter has signed nothing of that feed and time.",
    hint: "Ask later, or look at /api/v1/status for what it waits for.",
  },
  UNKNOWN_ANSWER: {
    meaning: "No provider's answer of that hash is kept, or held, here.",
    hint: "Take the hash from a report, or from /api/v1/status for one that is held.",
  },
  ARCHIVE_UNREACHABLE: {
    meaning: "The operator's archive does not answer, or not with what was asked for.",
    hint: "Check its address and the auditor's token; the work goes on by itself when it answers again.",
  },
  STREAM_VOID: {
    meaning: "A challenge voided this stream in this batch; nothing can be proven from it.",
    hint: "Take a later batch: the operator carries the whole stream again in the next one.",
  },
  REPLICA_OTHER_LEDGER: {
    meaning: "The folder holds a replica of another deployment.",
    hint: "Use another folder: batches of two ledgers do not belong together.",
  },
  WINDOW_TOO_LONG: {
    meaning: "The window holds more readings than one answer carries.",
    hint: "Ask for a shorter window; the fact `limit` says how many readings fit.",
  },
  LEDGER_TIME_FIXED: {
    meaning: "The ledger’s clock cannot be set to the time that the demo simulates.",
    hint: "Run the demo on its own ledger (--chain hardhat or --chain anvil), or on a development node.",
  },
  MISSING_PROGRAM: {
    meaning: "A program that was asked for is not installed here.",
    hint: "Install it, or choose another way of running.",
  },
  SCENARIO_FAILED: {
    meaning: "A scenario did not come to its expected end.",
    hint: "Read the fact `reason`; the run's folder has everything that happened.",
  },
  KEY_FILE_UNSAFE: {
    meaning: "A file with a probe's private key can be read by others than its owner.",
    hint: "Take the rights away (chmod 600), and replace the key if somebody may have copied it.",
  },
  KEY_FILE_UNUSABLE: {
    meaning: "A key file cannot be read or does not hold a P-256 private key in PKCS#8.",
    hint: "Restore it from its backup; a new key is a new device, which must be registered.",
  },
  PUSH_KEYS_UNUSABLE: {
    meaning: "The portal's file of keys towards push services cannot be read.",
    hint: "Restore it from its backup; with new keys everybody has to switch his alarms on again.",
  },
  OUTBOX_UNUSABLE: {
    meaning: "The reader's outbox cannot be opened, or another version wrote it.",
    hint: "Look at the cause; without the outbox the reader may not go on with its old key.",
  },
  OUTBOX_WRITE_FAILED: {
    meaning: "A record could not be made durable, so it was not signed.",
    hint: "Make room on the disk or replace the card; the reader goes on with the next sample.",
  },
  NUMBERS_LOST: {
    meaning: "A key has been used before, and nobody here remembers up to which number.",
    hint: "If it never signed a reading, start the reader with --first-number PROBE=0. Otherwise take the number that the gateway names for it, add 1000, and give that: numbers between become holes, and none is used twice.",
  },
  SERIAL_LINE_DOWN: {
    meaning: "A serial line cannot be opened, or was unplugged.",
    hint: "Check plug, path and rights (the group dialout); the reader opens it again by itself.",
  },
  SIGNER_FAILED: {
    meaning: "The command that signs for a probe does not answer, or not with a signature.",
    hint: "Run the command by hand and type `key`; docs/probes.md has its protocol. Nothing is lost: the record is signed when it answers again.",
  },
  INSTRUMENT_FAILED: {
    meaning: "An instrument did not do what it was told.",
    hint: "Look at the fact `problem`, and whether the reader's service still holds the line.",
  },
  LINK_DOWN: {
    meaning: "The broker is not connected.",
    hint: "Check network and broker; the reader keeps its frames and connects again by itself.",
  },
  LINK_TIMEOUT: {
    meaning: "The broker did not confirm a message in time; nobody knows whether it took it.",
    hint: "Nothing is lost: the frames are sent again and recognised.",
  },
  NOT_STARTED: {
    meaning: "This part has not been started, or has been stopped.",
    hint: "Start it first.",
  },
  NO_SUCH_ROUTE: {
    meaning: "Nothing is served at this address.",
    hint: "Check the path and the method.",
  },
} as const satisfies Record<string, { meaning: string; hint: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code of the table above; `facts` say what happened, never a secret. */
export class PondproofError extends Error {
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, facts: Record<string, unknown> = {}, options: { cause?: unknown } = {}) {
    super(`${code}: ${ERRORS[code].meaning}${describe(facts)}`, options);
    this.name = "PondproofError";
    this.code = code;
    this.facts = facts;
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }
}

/** Tells whether `error` is the project's own, of `code` where one is given. */
export function isPondproofError(error: unknown, code?: ErrorCode): error is PondproofError {
  return error instanceof PondproofError && (code === undefined || error.code === code);
}

function describe(facts: Record<string, unknown>): string {
  const words = Object.entries(facts).map(
    ([name, fact]) => `${name}=${typeof fact === "string" ? fact : JSON.stringify(fact)}`,
  );
  return words.length === 0 ? "" : ` (${words.join(", ")})`;
}

import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DISPUTE_BOND } from "../../../ignition/modules/Pondproof.ts";
import { GROUND } from "./claim-states.ts";
import { contestOf, REASON, readyForDisputes } from "./contested-pond.ts";
import { bystander } from "./convict.ts";
import { anchorAndProve, type CoveredPond, coveredWorld } from "./covered-pond.ts";
import { pondId } from "./probes.ts";
import { DAY } from "./quotes.ts";
import { refusal, revertOf } from "./reverts.ts";

const TAKE_SECONDS = 180 * DAY;
const HALF = DISPUTE_BOND / 2n;

describe("the policyholders' fund", () => {
  let covered: CoveredPond;
  let snapshot: { restore(): Promise<void> };
  const contest = contestOf(() => covered);
  const fund = () => covered.world.contracts.policyholdersFund.connect(covered.world.accounts.stranger);
  const { token, pool } = {
    token: () => covered.world.contracts.token,
    pool: () => covered.world.contracts.pool,
  };
  const take = (id = 1, terms = covered.terms) => fund().take(id, covered.policy, terms);

  beforeAll(async () => {
    covered = await coveredWorld();
    await readyForDisputes(covered.world);
    await anchorAndProve(covered, contest.night(2));
    await contest.dispute("insurer", GROUND.cause);
    await contest.rule(100_000n, 100_000n);
  });
  beforeEach(async () => {
    snapshot = await covered.world.networkHelpers.takeSnapshot();
  });
  afterEach(() => snapshot.restore());

  describe("given half of a losing bond came in", () => {
    it("keeps it for the policyholders of the claim's stream, with the time", async () => {
      const { streamId, amount, creditedAt } = await fund().creditOf(1);
      expect(streamId).toBe(covered.terms.probes[0]);
      expect(amount).toBe(HALF);
      expect(Number(creditedAt)).toBe(await covered.world.time.latest());
      expect(await token().balanceOf(covered.world.addresses.policyholdersFund)).toBe(HALF);
    });

    it("pays it once to the holder of the policy, whoever asks", async () => {
      const { address } = covered.world.accounts.farmer;
      const before = await token().balanceOf(address);
      await take();
      expect((await token().balanceOf(address)) - before).toBe(HALF);
      expect(await refusal(take(), fund())).toBe("NoSuchCredit");
      expect(await refusal(fund().toPool(1), fund())).toBe("NoSuchCredit");
    });

    it("pays on the terms in force then alone", async () => {
      const { policies } = covered.world.contracts;
      expect(await refusal(take(1, { ...covered.terms, pond: pondId("mine") }), policies)).toBe("WrongTerms");
    });

    it("does not let it go to the pool while a policyholder may take it", async () => {
      const { creditedAt } = await fund().creditOf(1);
      await covered.world.time.setNextBlockTimestamp(creditedAt + BigInt(TAKE_SECONDS));
      const { name, args } = await revertOf(fund().toPool(1), fund());
      expect({ name, args }).toEqual({
        name: "PolicyholdersFirst",
        args: [1n, creditedAt + BigInt(TAKE_SECONDS)],
      });
    });

    it("gives it to the pool as capital once that time is over, and to nobody after", async () => {
      const { creditedAt } = await fund().creditOf(1);
      const capital = await pool().capital();
      await covered.world.time.setNextBlockTimestamp(creditedAt + BigInt(TAKE_SECONDS) + 1n);
      await fund().toPool(1);
      expect((await pool().capital()) - capital).toBe(HALF);
      expect(await token().balanceOf(covered.world.addresses.policyholdersFund)).toBe(0n);
      expect(await refusal(take(), fund())).toBe("NoSuchCredit");
    });
  });

  describe("given a credit that is not a policy's", () => {
    /** The bond is one of the two sources; here its address acts for itself. */
    const creditFromBond = async (streamId: string, amount: bigint) => {
      const { operatorBond } = covered.world.addresses;
      const { networkHelpers, accounts, ethers, addresses } = covered.world;
      await networkHelpers.impersonateAccount(operatorBond);
      await networkHelpers.setBalance(operatorBond, 10n ** 18n);
      await token().connect(accounts.tokenOwner).mint(addresses.policyholdersFund, amount);
      await fund()
        .connect(await ethers.getSigner(operatorBond))
        .credit(streamId, amount);
    };

    it("pays no policy whose terms do not name the stream", async () => {
      const foreign = `0x${Buffer.from(bystander(1).streamId).toString("hex")}`;
      await creditFromBond(foreign, 7n);
      const { name, args } = await revertOf(take(2), fund());
      expect({ name, args }).toEqual({ name: "NotItsStream", args: [1n, foreign] });
    });

    it("pays no policy whose cover was over by then, nor before it begins", async () => {
      await covered.world.time.increaseTo(covered.terms.endsAt);
      await creditFromBond(covered.terms.probes[0]!, 7n);
      expect(await refusal(take(2), fund())).toBe("NotInForceThen");
      expect(await refusal(fund().take(2, 99, covered.terms), fund())).toBe("NotInForceThen");
    });

    it("gives at once to the pool what is for nobody in particular", async () => {
      await creditFromBond(`0x${"00".repeat(32)}`, 7n);
      const capital = await pool().capital();
      await fund().toPool(2);
      expect((await pool().capital()) - capital).toBe(7n);
    });

    it("books nothing for nothing", async () => {
      await creditFromBond(covered.terms.probes[0]!, 0n);
      expect(await refusal(fund().toPool(2), fund())).toBe("NoSuchCredit");
    });
  });

  it("takes credits from the bond and from the disputes alone, which are named for ever", async () => {
    expect(await refusal(fund().credit(REASON, 1n), fund())).toBe("NotASource");
    const { governor, stranger } = covered.world.accounts;
    const connect = (who: typeof governor) => fund().connect(who);
    const named = [stranger.address, stranger.address] as const;
    expect(await refusal(connect(stranger).getFunction("connect")(...named), fund())).toBe(
      "AccessManagedUnauthorized",
    );
    expect(await refusal(connect(governor).getFunction("connect")(...named), fund())).toBe(
      "AlreadyConnected",
    );
  });
});

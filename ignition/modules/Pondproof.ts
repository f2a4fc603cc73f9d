import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type {
  IgnitionModuleBuilder,
  NamedArtifactContractAtFuture,
  NamedArtifactContractDeploymentFuture,
} from "@nomicfoundation/ignition-core";

const DAY_S = 86_400;

/** As long as the longest challenge time of a product, twice. */
const CHALLENGE_SECONDS = 14 * DAY_S;

/** In the token's smallest unit: a bond of 500,000.00 and a tenth of it for each conviction. */
export const BOND = { minimum: 50_000_000n, slashed: 5_000_000n, cooldownSeconds: 2 * CHALLENGE_SECONDS };

/** Longer than a claim can take on terms that run off within a month. */
const REDEMPTION_COOLDOWN_SECONDS = 60 * DAY_S;

/** In the token's smallest unit: what standing against a claim, or demanding its data, puts at risk. */
export const DISPUTE_BOND = 100_000n;
export const DEMAND_BOND = 20_000n;

/**
 * Everything Pondproof runs on, deployed and put into force: afterwards the deployer holds no power.
 * Parameters are accounts (`registrar`, `operator`, `insurer`, `claimsOfficer`, `secondClaimsOfficer`, `arbiter`,
 * `guardian`, `secondGuardian`, `governor`, `tokenOwner`), `reporters` of weather and prices (ascending addresses), `governorDelaySeconds` (0 by default),
 * `redemptionCooldownSeconds`, how the operator answers for what he anchors (`bond` and `challengeSeconds`), and
 * `disputeBond` and `demandBond`. Deployment fails where one key would hold two of register, quote, anchor, approve and
 * arbitrate.
 */
export default pondproof((m) => m.contract("TestToken", [m.getParameter("tokenOwner")]));

/** The same over an ERC-20 that is there already, at the address that the parameter `token` has instead of `tokenOwner`. */
export const PondproofOnToken = pondproof((m) => m.contractAt("TestToken", m.getParameter("token")));

type Token = NamedArtifactContractDeploymentFuture<"TestToken"> | NamedArtifactContractAtFuture<"TestToken">;

function pondproof(settlementToken: (m: IgnitionModuleBuilder) => Token) {
  return buildModule("Pondproof", (m) => {
    const charter = m.contract("Charter");
    const accessManager = m.contract("Authority", [charter]);
    const pauses = m.contract("Pauses", [accessManager]);
    const deviceRegistry = m.contract("DeviceRegistry", [accessManager]);
    const forwarder = m.contract("Forwarder");
    const consentRegistry = m.contract("ConsentRegistry", [accessManager, forwarder]);
    const token = settlementToken(m);
    const operatorBond = m.contract("OperatorBond", [accessManager, token, m.getParameter("bond", BOND)]);
    const batchLedger = m.contract("BatchLedger", [accessManager, operatorBond]);
    const challengeSeconds = m.getParameter("challengeSeconds", CHALLENGE_SECONDS);
    const challenges = m.contract("Challenges", [
      batchLedger,
      deviceRegistry,
      operatorBond,
      challengeSeconds,
    ]);
    const windowVerifier = m.contract("WindowVerifier", [batchLedger]);
    const rawWindows = m.contract("RawWindows", [deviceRegistry]);
    const feedRegistry = m.contract("FeedRegistry", [accessManager]);
    const products = m.contract("Products", [accessManager]);
    const cooldown = m.getParameter("redemptionCooldownSeconds", REDEMPTION_COOLDOWN_SECONDS);
    const pool = m.contract("Pool", [accessManager, token, cooldown]);
    const policies = m.contract("Policies", [
      accessManager,
      products,
      pool,
      pauses,
      batchLedger,
      consentRegistry,
    ]);
    const evaluation = m.contract("Evaluation", [
      policies,
      deviceRegistry,
      batchLedger,
      windowVerifier,
      challenges,
      rawWindows,
      feedRegistry,
    ]);
    const claims = m.contract("Claims", [accessManager, policies, products, evaluation, pauses]);
    const policyholdersFund = m.contract("PolicyholdersFund", [
      accessManager,
      policies,
      deviceRegistry,
      pool,
    ]);
    const disputes = m.contract("Disputes", [
      accessManager,
      claims,
      policies,
      policyholdersFund,
      token,
      m.getParameter("disputeBond", DISPUTE_BOND),
      m.getParameter("demandBond", DEMAND_BOND),
    ]);

    const documents = m.contract("Documents");

    m.call(charter, "establish", [
      {
        authority: accessManager,
        pauses,
        deviceRegistry,
        consentRegistry,
        batchLedger,
        operatorBond,
        challenges,
        policyholdersFund,
        products,
        policies,
        claims,
        disputes,
        pool,
        feedRegistry,
      },
      {
        registrar: m.getParameter("registrar"),
        operator: m.getParameter("operator"),
        insurer: m.getParameter("insurer"),
        claimsOfficer: m.getParameter("claimsOfficer"),
        secondClaimsOfficer: m.getParameter("secondClaimsOfficer"),
        arbiter: m.getParameter("arbiter"),
        guardian: m.getParameter("guardian"),
        secondGuardian: m.getParameter("secondGuardian"),
        governor: m.getParameter("governor"),
        reporters: m.getParameter("reporters"),
        governorDelaySeconds: m.getParameter("governorDelaySeconds", 0),
      },
    ]);

    return {
      accessManager,
      pauses,
      deviceRegistry,
      forwarder,
      consentRegistry,
      batchLedger,
      operatorBond,
      challenges,
      windowVerifier,
      rawWindows,
      feedRegistry,
      products,
      policies,
      evaluation,
      claims,
      disputes,
      policyholdersFund,
      documents,
      pool,
      token,
    };
  });
}

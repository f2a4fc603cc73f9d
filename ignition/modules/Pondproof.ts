import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

const DAY_S = 86_400;

/** As long as the longest challenge time of a product, twice. */
const CHALLENGE_SECONDS = 14 * DAY_S;

/** In the token's smallest unit: a bond of 500,000.00 and a tenth of it for each conviction. */
export const BOND = { minimum: 50_000_000n, slashed: 5_000_000n, cooldownSeconds: 2 * CHALLENGE_SECONDS };

/**
 * Everything Pondproof runs on, deployed and put into force: afterwards the deployer holds no power.
 * Parameters are accounts (`registrar`, `operator`, `insurer`, `claimsOfficer`, `secondClaimsOfficer`, `treasury`,
 * `governor`, `tokenOwner`), `policyholdersFund`, which gets what slashes are for policyholders, `governorDelaySeconds`
 * (0 by default), and how the operator answers for what he anchors: `bond` and `challengeSeconds`. Deployment fails where
 * one key would hold two of register, quote, anchor and approve.
 */
export default buildModule("Pondproof", (m) => {
  const charter = m.contract("Charter");
  const accessManager = m.contract("Authority", [charter]);
  const deviceRegistry = m.contract("DeviceRegistry", [accessManager]);
  const token = m.contract("TestToken", [m.getParameter("tokenOwner")]);
  const operatorBond = m.contract("OperatorBond", [accessManager, token, m.getParameter("bond", BOND)]);
  const batchLedger = m.contract("BatchLedger", [accessManager, operatorBond]);
  const challengeSeconds = m.getParameter("challengeSeconds", CHALLENGE_SECONDS);
  const challenges = m.contract("Challenges", [batchLedger, deviceRegistry, operatorBond, challengeSeconds]);
  const windowVerifier = m.contract("WindowVerifier", [batchLedger]);
  const rawWindows = m.contract("RawWindows", [deviceRegistry]);
  const products = m.contract("Products", [accessManager]);
  const pool = m.contract("Pool", [accessManager, token]);
  const policies = m.contract("Policies", [accessManager, products, pool]);
  const claims = m.contract("Claims", [accessManager, policies, products, deviceRegistry, windowVerifier]);

  m.call(charter, "establish", [
    {
      authority: accessManager,
      deviceRegistry,
      batchLedger,
      operatorBond,
      challenges,
      policyholdersFund: m.getParameter("policyholdersFund"),
      products,
      policies,
      claims,
      pool,
    },
    {
      registrar: m.getParameter("registrar"),
      operator: m.getParameter("operator"),
      insurer: m.getParameter("insurer"),
      claimsOfficer: m.getParameter("claimsOfficer"),
      secondClaimsOfficer: m.getParameter("secondClaimsOfficer"),
      treasury: m.getParameter("treasury"),
      governor: m.getParameter("governor"),
      governorDelaySeconds: m.getParameter("governorDelaySeconds", 0),
    },
  ]);

  return {
    accessManager,
    deviceRegistry,
    batchLedger,
    operatorBond,
    challenges,
    windowVerifier,
    rawWindows,
    products,
    policies,
    claims,
    pool,
    token,
  };
});

import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * Everything Pondproof runs on, deployed and put into force: afterwards the deployer holds no power.
 * Parameters are accounts (`registrar`, `operator`, `insurer`, `claimsOfficer`, `secondClaimsOfficer`, `treasury`,
 * `governor`, `tokenOwner`) and `governorDelaySeconds` (0 by default). Deployment fails where one key would hold two of
 * register, quote, anchor and approve.
 */
export default buildModule("Pondproof", (m) => {
  const charter = m.contract("Charter");
  const accessManager = m.contract("Authority", [charter]);
  const deviceRegistry = m.contract("DeviceRegistry", [accessManager]);
  const batchLedger = m.contract("BatchLedger", [accessManager]);
  const windowVerifier = m.contract("WindowVerifier", [batchLedger]);
  const token = m.contract("TestToken", [m.getParameter("tokenOwner")]);
  const products = m.contract("Products", [accessManager]);
  const pool = m.contract("Pool", [accessManager, token]);
  const policies = m.contract("Policies", [accessManager, products, pool]);
  const claims = m.contract("Claims", [accessManager, policies, products, deviceRegistry, windowVerifier]);

  m.call(charter, "establish", [
    { authority: accessManager, deviceRegistry, batchLedger, products, policies, claims, pool },
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
    windowVerifier,
    products,
    policies,
    claims,
    pool,
    token,
  };
});
